"""Chemistry: bonds and validity from coordinates, measures of quality, file formats and conversions."""
