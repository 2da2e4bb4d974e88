package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api"
	"github.com/nikoksr/notify/service/telegram"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/failover"
	"github.com/watchbill/watchbill/notify/nikoksr"
	"github.com/watchbill/watchbill/notify/twilio"
	"github.com/watchbill/watchbill/notify/words"
)

// setTwilio makes the channels sms and voice of some accounts, tried in their order.
func (p *providers) setTwilio(
	accounts []config.Twilio, texts *words.Words, public string, desk notify.Desk, log *slog.Logger,
) error {
	var open []*twilio.Account
	var sms, voice []failover.Provider
	for i, a := range accounts {
		name := fmt.Sprintf("channels.twilio[%d]", i)
		account, err := twilio.New(twilio.Config{Account: a.Account, Token: a.Token, From: a.From, VoiceFrom: a.VoiceFrom,
			BaseURL: a.BaseURL, Timeout: a.Timeout, Callback: public + "/channels/twilio", Words: texts})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		open = append(open, account)
		if n := account.SMS(); n != nil {
			sms = append(sms, failover.Provider{Name: name, Notifier: n})
		}
		if n := account.Voice(); n != nil {
			voice = append(voice, failover.Provider{Name: name, Notifier: n})
		}
	}
	p.twilio = twilio.Handler(desk, log, open...)
	var err error
	if p.sms, err = inTurn(sms); err != nil {
		return err
	}
	p.voice, err = inTurn(voice)
	return err
}

// inTurn is one Notifier of several; nil of none.
func inTurn(all []failover.Provider) (notify.Notifier, error) {
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0].Notifier, nil
	}
	return failover.New(failover.Config{Providers: all})
}

// newChats makes the channels that services of nikoksr/notify serve. Telegram is the only one so far.
func newChats(
	services []config.Service, texts *words.Words, client *http.Client,
) (map[notify.Channel]notify.Notifier, error) {
	all := map[notify.Channel]notify.Notifier{}
	for _, s := range services {
		n, err := nikoksr.New(nikoksr.Config{Make: makeTelegram(s.Token, client), Markup: nikoksr.HTML,
			Secrets: []string{s.Token}, Timeout: s.Timeout, Words: texts})
		if err != nil {
			return nil, fmt.Errorf("channels.nikoksr: %s: %w", s.Name, err)
		}
		all[s.Name] = n
	}
	return all, nil
}

// makeTelegram makes services that send to one chat each. They do not ask Telegram who the bot is, as New of that package
// does before every message.
func makeTelegram(token string, client *http.Client) func(notify.Contact, notify.MessageID) (nikoksr.Service, error) {
	return func(c notify.Contact, _ notify.MessageID) (nikoksr.Service, error) {
		chat, err := strconv.ParseInt(c.Address, 10, 64)
		if err != nil {
			return nil, notify.Permanent(fmt.Errorf("contact %s: the address is no number of a chat", c.ID))
		}
		service := new(telegram.Telegram)
		service.SetClient(&tgbotapi.BotAPI{Token: token, Client: client, Buffer: 1})
		service.AddReceivers(chat)
		return service, nil
	}
}
