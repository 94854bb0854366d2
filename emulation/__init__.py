"""Parts of AWS emulated on one machine: Lambda's runtime, gateway events, SageMaker's endpoints, images."""
