package clienttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// screen is how somebody looks at a page.
type screen struct {
	name   string
	width  int64
	height int64
	phone  bool
	scheme string // prefers-color-scheme
}

// screens are the sizes and schemes at which every scene must do. It is never written to.
var screens = []screen{
	{"desktop-light", 1280, 800, false, "light"}, {"desktop-dark", 1280, 800, false, "dark"},
	{"390-light", 390, 844, true, "light"}, {"390-dark", 390, 844, true, "dark"},
	{"320-light", 320, 568, true, "light"}, {"320-dark", 320, 568, true, "dark"},
}

// TestScreens shows every scene to Chromium. Nothing may be wider than the screen, nothing may be refused or complained
// of, nobody may be shut out (axe-core), and the page is all there is to load. With WATCHBILL_SCREENS, pictures are
// written to that folder.
func TestScreens(t *testing.T) {
	browser := startChromium(t)
	needPackage(t, "axe-core")
	axe, err := os.ReadFile("npm/node_modules/axe-core/axe.min.js")
	require.NoError(t, err)
	for _, sc := range scenes(t) {
		for _, on := range screens {
			t.Run(sc.name+"/"+on.name, func(t *testing.T) {
				tab := openTab(t, browser, on)
				tab.do(chromedp.Navigate(sc.url))
				tab.fits()
				tab.wears(on.scheme)
				tab.needsNothingElse()
				tab.picture(sc.name + "-" + on.name)
				tab.letsEverybodyIn(string(axe))
				tab.heardNoComplaint()
			})
		}
	}
}

// TestScreensWithoutScript compares what is there to be read with and without JavaScript.
func TestScreensWithoutScript(t *testing.T) {
	browser := startChromium(t)
	for _, sc := range scenes(t) {
		t.Run(sc.name, func(t *testing.T) {
			var read []string
			for _, disabled := range []bool{false, true} {
				tab := openTab(t, browser, screens[0])
				_, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
				require.NoError(t, err)
				tab.do(chromedp.Navigate(sc.url))
				read = append(read, ask[string](tab, `document.body.innerText`))
			}
			require.NotEmpty(t, read[0])
			require.Equal(t, read[0], read[1])
		})
	}
}

// startChromium returns a browser that ends with the test.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	path := need(t, "apt-get install -y --no-install-recommends chromium", "chromium", "chromium-browser", "google-chrome")
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.ExecPath(path),
		chromedp.NoSandbox, // which root, as in a container, cannot have; it only shows pages of ours
		chromedp.Flag("hide-scrollbars", true)))
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "chromium does not start")
	return ctx
}

// tab is a tab of the browser, with what it complained of.
type tab struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

// openTab opens one that looks like a screen.
func openTab(t *testing.T, browser context.Context, on screen) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.hear))
	for _, enable := range []cdp.Command[cdp.Empty, cdp.Empty]{log.Enable, audits.Enable, runtime.Enable} {
		_, err := chromedp.Call(ctx, enable, cdp.Empty{})
		require.NoError(t, err)
	}
	var how []chromedp.EmulateViewportOption
	if on.phone {
		how = append(how, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	}
	b.do(chromedp.EmulateViewport(on.width, on.height, how...))
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: on.scheme}}})
	require.NoError(t, err)
	return b
}

// hear notes what the browser says of a page: refusals by its Content-Security-Policy, errors, anything on the console.
func (b *tab) hear(event any) {
	var said string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		said = fmt.Sprintf("log: %s: %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
	case *audits.EventIssueAdded:
		said = fmt.Sprintf("issue: %s: %+v", e.Issue.Code, e.Issue.Details)
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		said = "console: " + string(e.Type)
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, said)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

// ask evaluates an expression in the page, as somebody with developer tools would.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	answer, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression[:min(len(expression), 200)])
	return answer
}

// fits checks that nobody has to scroll sideways, that nothing is cut off at the side, and that no short word is broken.
func (b *tab) fits() {
	b.t.Helper()
	require.Empty(b.t, ask[[]string](b, `(() => {
		const root = document.scrollingElement, wide = [];
		if (root.scrollWidth > root.clientWidth) wide.push('the page: ' + root.scrollWidth + ' > ' + root.clientWidth);
		for (const e of document.body.querySelectorAll('*')) {
			const r = e.getBoundingClientRect();
			if (r.left < -0.5 || r.right > root.clientWidth + 0.5) wide.push(e.outerHTML.slice(0, 100) + ': ' + r.left + ' to ' + r.right);
			if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== 'visible' && r.width > 1)
				wide.push(e.outerHTML.slice(0, 100) + ' is cut off');
		}
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
		while (texts.nextNode()) {
			for (const word of texts.currentNode.data.matchAll(/(?<=^|\s)[A-Za-z]{2,14}(?=$|\s)/g)) {
				range.setStart(texts.currentNode, word.index);
				range.setEnd(texts.currentNode, word.index + word[0].length);
				if (range.getClientRects().length > 1) wide.push(word[0] + ' is broken');
			}
		}
		return wide;
	})()`))
}

// wears checks that the background follows the scheme.
func (b *tab) wears(scheme string) {
	b.t.Helper()
	light := ask[float64](b, `(() => {
		const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
		return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
	})()`)
	if scheme == "dark" {
		require.Less(b.t, light, 0.2)
	} else {
		require.Greater(b.t, light, 0.8)
	}
}

// needsNothingElse checks that the page is one file, without any script.
func (b *tab) needsNothingElse() {
	b.t.Helper()
	require.Empty(b.t, ask[[]string](b, `performance.getEntriesByType('resource').map(e => e.name)`))
	require.Zero(b.t, ask[int](b, `document.scripts.length`))
}

// letsEverybodyIn has axe-core look for what the guidelines WCAG 2.2, level AA, forbid.
func (b *tab) letsEverybodyIn(axe string) {
	b.t.Helper()
	require.Equal(b.t, "object", ask[string](b, axe+"\n; typeof axe"))
	require.Empty(b.t, ask[[]string](b, `axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'], preload: false,
	}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + v.help + ': ' + n.html.slice(0, 160) + ' ' + n.failureSummary)))`))
}

func (b *tab) heardNoComplaint() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.complaints)
}

// picture writes what is to be seen, if somebody wants to look.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("WATCHBILL_SCREENS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(dir, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), png, 0o644))
}
