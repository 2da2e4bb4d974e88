package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret bounds a secret that lies in a file.
const maxSecret = 64 << 10

// secret returns what a field holds, or what its env:NAME or file:PATH leads to. No message ever shows the value.
func (o *object) secret(name string) string {
	n, ok := o.Scalar(name)
	if !ok {
		return ""
	}
	value, err := resolve(n.Value, filepath.Dir(n.File))
	if err != nil {
		o.Fail(n, "%v", err)
	}
	return value
}

// shortKey is how many characters a key needs not to be guessed by trying.
const shortKey = 12

// key is a secret that lets in whoever has it. It warns of a short one.
func (o *object) key(name string) string {
	value := o.secret(name)
	if n := len(value); n > 0 && n < shortKey {
		o.Warn(o.Where(name), "has %d characters, and can be guessed; make one with: openssl rand -hex 24", n)
	}
	return value
}

func resolve(value, folder string) (string, error) {
	if name, ok := strings.CutPrefix(value, "env:"); ok {
		return fromEnvironment(name)
	}
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		return fromFile(path, folder)
	}
	return value, nil
}

func fromEnvironment(name string) (string, error) {
	value, ok := os.LookupEnv(name)
	switch {
	case !ok:
		return "", fmt.Errorf("the environment variable %s is not set", name)
	case value == "":
		return "", fmt.Errorf("the environment variable %s is empty", name)
	}
	return value, nil
}

func fromFile(path, folder string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	data, err := readFile(path, maxSecret)
	if err != nil {
		return "", fmt.Errorf("the file %s %w", path, err)
	}
	value := strings.TrimSpace(string(data))
	if value == "" {
		return "", fmt.Errorf("the file %s is empty", path)
	}
	return value, nil
}

// readFile reads a regular file, so that a pipe or a device cannot hold up the start, of a limited size.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read: it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", cause(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("is larger than %d bytes", limit)
	}
	return data, nil
}

// signs reports whether a secret can sign webhooks: "whsec_" and 24 to 64 bytes in base64, or several of these.
func signs(secret string) bool {
	for _, s := range strings.Fields(secret) {
		encoded, ok := strings.CutPrefix(s, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < 24 || len(key) > 64 {
			return false
		}
	}
	return true
}
