"""What agents may answer from: files, links, gaps, teaching."""
