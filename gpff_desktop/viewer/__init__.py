"""The 3D view: vispy visuals, camera, picking and image export. Knows structures, but neither windows nor jobs."""
