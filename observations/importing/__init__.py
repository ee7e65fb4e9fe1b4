"""Import facts from a table: read the file, map its columns, check every row, then store all or nothing."""
