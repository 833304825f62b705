"""Text with offsets: sentences, tokens, chunks. Knows nothing of models or stores."""
