package config_test

import (
	"fmt"

	"github.com/watchbill/watchbill/config"
)

func ExampleParse() {
	_, _, err := config.Parse("watchbill.yaml", []byte(`
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, addres: "http://127.0.0.1:9/ada"}]}
policies:
  - id: web
    levels: [{targets: ["user:aba"], timeout: 5}]
`))
	fmt.Println(err)
	// Output:
	// config: watchbill.yaml:3: users[0].contacts[0].addres: is unknown; did you mean "address"?
	// config: watchbill.yaml:6: policies[0].levels[0].timeout: is "5", must be a duration of at least 1s, such as 90s, 5m or 24h
	// config: watchbill.yaml:6: policies[0].levels[0].targets[0]: user "aba" does not exist; did you mean "user:ada"?
}
