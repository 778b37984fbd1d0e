"""The assistant's actions: slots in, one service call, words out. One file per topic."""
