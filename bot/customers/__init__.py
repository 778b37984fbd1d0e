"""Who somebody is: identities, proofs and what they open, one-time codes and the mail that carries them."""
