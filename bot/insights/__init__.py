"""What the CX team reads: reports over the same tables; nothing here writes."""
