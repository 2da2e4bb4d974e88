package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// wire joins network namespaces, packet by packet, in this process: where the kernel has no netem, it is what delays, loses
// and parts. Each namespace has a tun device, whose other end is here.
type wire struct {
	ends map[netip.Addr]*os.File

	mu    sync.Mutex
	links map[link]weather
	free  map[link]time.Time // when what was sent before has arrived: nothing overtakes
	count map[string]int     // packets
}

// link is the way between two addresses, in either direction.
type link struct{ a, b netip.Addr }

func linkOf(a, b netip.Addr) link {
	if b.Less(a) {
		a, b = b, a
	}
	return link{a, b}
}

// weather is what becomes of packets. The zero weather lets all through at once.
type weather struct {
	cut           bool
	loss          float64 // of 1
	delay, jitter time.Duration
}

func newWire() *wire {
	return &wire{ends: map[netip.Addr]*os.File{}, links: map[link]weather{}, free: map[link]time.Time{}, count: map[string]int{}}
}

// attach makes a device with an address in a namespace; an empty one is that of this process. Call it before carry.
func (w *wire) attach(namespace, device string, addr netip.Addr) error {
	end, err := openTun(device)
	if err != nil {
		return err
	}
	w.ends[addr] = end
	if namespace == "" {
		return ip("link set lo up", "addr add "+addr.String()+"/24 dev "+device, "link set "+device+" up")
	}
	in := "-n " + namespace + " "
	return ip("netns add "+namespace, "link set "+device+" netns "+namespace, in+"link set lo up",
		in+"addr add "+addr.String()+"/24 dev "+device, in+"link set "+device+" up")
}

// ip runs commands of iproute2.
func ip(commands ...string) error {
	for _, c := range commands {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", c, err, out)
		}
	}
	return nil
}

// openTun makes a device that hands whole IP packets to this process.
func openTun(name string) (*os.File, error) {
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("chaos: /dev/net/tun: %w", err)
	}
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:15], name)
	request.flags = syscall.IFF_TUN | syscall.IFF_NO_PI
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&request))); errno != 0 {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("chaos: device %s: %w", name, errno)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// carry carries packets until the wire is closed.
func (w *wire) carry() {
	for _, end := range w.ends {
		go w.read(end)
	}
}

func (w *wire) close() {
	for _, end := range w.ends {
		_ = end.Close()
	}
}

func (w *wire) read(end *os.File) {
	buf := make([]byte, 1<<16)
	for {
		n, err := end.Read(buf)
		if err != nil {
			return
		}
		if n < 20 || buf[0]>>4 != 4 {
			continue
		}
		from, to := netip.AddrFrom4([4]byte(buf[12:16])), netip.AddrFrom4([4]byte(buf[16:20]))
		if out := w.ends[to]; out != nil {
			w.send(out, from, to, buf[:n])
		}
	}
}

// send lets a packet meet the weather.
func (w *wire) send(out *os.File, from, to netip.Addr, packet []byte) {
	w.mu.Lock()
	now, l := time.Now(), linkOf(from, to)
	s := w.links[l]
	if s.cut || s.loss > 0 && rand.Float64() < s.loss {
		w.count["lost"]++
		w.mu.Unlock()
		return
	}
	w.count["carried"]++
	way := link{from, to}
	at := now.Add(s.delay)
	if s.jitter > 0 {
		at = at.Add(rand.N(2*s.jitter) - s.jitter)
	}
	if w.free[way].After(at) {
		at = w.free[way]
	}
	w.free[way] = at
	w.mu.Unlock()
	if !at.After(now) {
		_, _ = out.Write(packet) // what does not fit is lost, as on any wire
		return
	}
	kept := append([]byte(nil), packet...)
	time.AfterFunc(at.Sub(now), func() { _, _ = out.Write(kept) })
}

// set changes the weather between an address and others.
func (w *wire) set(s weather, a netip.Addr, others ...netip.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range others {
		w.links[linkOf(a, b)] = s
	}
}

// within runs this program again in a network namespace of its own, and takes down what it made when it has ended.
func within(ctx context.Context, out io.Writer, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	names := fmt.Sprintf("wb%d-", os.Getpid())
	defer cleanUp(names)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), inside+"="+names)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	return cmd.Run()
}

// cleanUp ends whatever still runs in the namespaces of a run, and removes them.
func cleanUp(prefix string) {
	list, _ := exec.Command("ip", "netns", "list").Output()
	for line := range strings.Lines(string(list)) {
		name := strings.Fields(line)[0]
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		pids, _ := exec.Command("ip", "netns", "pids", name).Output()
		for _, pid := range strings.Fields(string(pids)) {
			_ = exec.Command("kill", "-9", pid).Run()
		}
		_ = ip("netns del " + name)
	}
}
