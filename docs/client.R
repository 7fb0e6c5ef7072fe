# What is on this picture? Rscript docs/client.R PICTURE.csv, 28 lines of 28 whole numbers from 0 to 255.
library(httr2)

address <- Sys.getenv("SERVER", "http://127.0.0.1:8000")
# unname, because jsonlite would send the rows of a table with names as objects
image <- unname(as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE)))
answer <- request(address) |>
  req_url_path("/models/clothes/v1") |>
  req_body_json(list(image = image)) |>
  req_timeout(10) |>
  req_error(body = \(refused) resp_body_json(refused)$error) |>
  req_perform() |>
  resp_body_json(simplifyVector = TRUE)
cat(answer$labels, max(answer$result), "\n")
