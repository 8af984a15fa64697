"""Where other systems are: supplier catalogues, carriers."""
