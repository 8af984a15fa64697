"""Reading and hearing: PDF text, OCR, speech to text. CPU work, run in child processes."""
