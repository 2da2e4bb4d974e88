module github.com/watchbill/watchbill/clienttest

go 1.26.0

replace github.com/watchbill/watchbill => ../

require (
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
	github.com/stretchr/testify v1.12.1
	github.com/svix/svix-webhooks v1.44.0
	github.com/watchbill/watchbill v0.0.0-00010101000000-000000000000
)

require (
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	gopkg.in/validator.v2 v2.0.1 // indirect
)
