"""What an uploaded file means: names resolved, duplicates found, demand covered. Decides nothing by itself."""
