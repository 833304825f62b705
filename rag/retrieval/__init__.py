"""From a question to ranked papers, with the reason for each rank."""
