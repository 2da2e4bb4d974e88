package main

import (
	"net/mail"
	"strings"
	"sync/atomic"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/httpapi"
)

// addresses is from which addresses messages come, by the configuration in force.
type addresses struct {
	now atomic.Pointer[[]httpapi.Sender]
}

func (s *addresses) list() []httpapi.Sender {
	if all := s.now.Load(); all != nil {
		return *all
	}
	return nil
}

// use takes the addresses of a configuration: numbers alone, since a name in their place cannot be let through.
func (s *addresses) use(file *config.File) {
	var all []httpapi.Sender
	add := func(channel, address string) {
		if strings.HasPrefix(address, "+") || channel == "email" {
			all = append(all, httpapi.Sender{Channel: channel, Address: address})
		}
	}
	for _, t := range file.Twilio {
		add("sms", t.From)
		add("voice", t.Caller())
	}
	if file.SMTP != nil {
		if from, err := mail.ParseAddress(file.SMTP.From); err == nil {
			add("email", from.Address)
		}
	}
	s.now.Store(&all)
}
