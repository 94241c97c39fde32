"""Conduct policy 投稿規範: rules look at a draft, a verdict says what they found."""
