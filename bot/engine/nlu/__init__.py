"""Components of the pipeline that are the engine's own; `config.yml` names them, and Rasa trains and loads them."""
