"""One construct per concern; stacks compose them and grant between them."""
