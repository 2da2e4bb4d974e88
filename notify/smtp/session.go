package smtp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"path"
	"strings"

	"github.com/watchbill/watchbill/notify"
)

// session is one conversation with the mail server, about one message.
type session struct {
	*Notifier
	conn    net.Conn
	client  *smtp.Client
	secrets []string // what no error may repeat
}

// send holds a conversation. The end of ctx closes the connection, which ends whatever step waits on it.
func (n *Notifier) send(ctx context.Context, m notify.Message, to *mail.Address, text []byte) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", n.config.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()

	s := &session{Notifier: n, conn: conn, secrets: n.secrets(m)}
	for _, step := range []func() error{s.greet, s.secure, s.authenticate} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := s.deliver(to.Address, text); err != nil {
		return err
	}
	_ = s.client.Text.PrintfLine("QUIT") // nobody waits for the answer: the message is theirs already
	return nil
}

// greet waits for the server's greeting and says hello, by EHLO, else by HELO.
func (s *session) greet() (err error) {
	conn := s.conn
	if s.config.Security == ImplicitTLS {
		conn = tls.Client(conn, s.config.TLS)
	}
	if s.client, err = smtp.NewClient(conn, s.host); err != nil {
		return s.failed("greeting", err)
	}
	return s.failed("hello", s.client.Hello(s.config.Hello))
}

func (s *session) secure() error {
	if s.config.Security != StartTLS && s.config.Security != StartTLSRequired {
		return nil
	}
	if offered, _ := s.client.Extension("STARTTLS"); offered {
		return s.failed("starttls", s.client.StartTLS(s.config.TLS))
	}
	if s.config.Security == StartTLSRequired {
		return errors.New("the server does not offer STARTTLS, which is required")
	}
	return nil
}

func (s *session) authenticate() error {
	if s.config.Username == "" {
		return nil
	}
	if _, encrypted := s.client.TLSConnectionState(); !encrypted && !loopback(s.conn.RemoteAddr()) {
		return errors.New("the connection is not encrypted, so the password is not sent")
	}
	_, offered := s.client.Extension("AUTH")
	auth, err := mechanism(offered, s.config.Username, s.config.Password)
	if err != nil {
		return err
	}
	return s.failed("authentication", s.client.Auth(auth))
}

func loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// deliver is the part of the conversation that is about this message. A refusal of the recipient or the text is final;
// one of the sender is about the configuration.
func (s *session) deliver(to string, text []byte) error {
	if err := s.client.Mail(s.from.Address); err != nil {
		return s.failed("mail", err)
	}
	if err := s.client.Rcpt(to); err != nil {
		return s.refused("rcpt", err)
	}
	data, err := s.client.Data()
	if err != nil {
		return s.refused("data", err)
	}
	if _, err := data.Write(text); err != nil {
		return s.failed("data", err)
	}
	return s.refused("data", data.Close())
}

// authRequired is what a server says that wants a password or TLS first: about us, not about the message.
const authRequired = 530

// refused classes an answer within a mail transaction; of nil it is nil.
func (s *session) refused(step string, err error) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	err = s.failed(step, err)
	if ok && reply.Code/100 == 5 && reply.Code != authRequired {
		return notify.Permanent(err)
	}
	return err
}

// maxText is how much of a server's answer an error quotes, in bytes.
const maxText = 200

// failed says at which step the conversation ended, and what the server said; of nil it is nil.
func (s *session) failed(step string, err error) error {
	if err == nil {
		return nil
	}
	reply, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", step, err)
	}
	text := reply.Msg
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			return fmt.Errorf("%s: the server answered %d", step, reply.Code)
		}
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return fmt.Errorf("%s: the server answered %d %q", step, reply.Code, text)
}

// secrets returns what servers have been seen to repeat when they refuse something: the password, plain or as PLAIN
// and LOGIN send it, and the end of the acknowledge link, which is a capability.
func (n *Notifier) secrets(m notify.Message) []string {
	var secrets []string
	if user, password := n.config.Username, n.config.Password; password != "" {
		encode := base64.StdEncoding.EncodeToString
		secrets = append(secrets, password, encode([]byte(password)), encode([]byte("\x00"+user+"\x00"+password)))
	}
	if m.AckURL != "" {
		secrets = append(secrets, path.Base(m.AckURL))
	}
	return secrets
}
