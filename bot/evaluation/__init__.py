"""Measures how well customers' wishes are carried out, by speaking to the running product as a customer does."""
