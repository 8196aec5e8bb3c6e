module shoal/bench/sqs_server

go 1.24
