"""The services: one package per Lambda function, and what they share."""
