"""The wire objects of version 1: what it promised stays as it is; fields are only added."""
