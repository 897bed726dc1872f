"""The bundled model: rebuilt once from the weights that come with the installation."""
