// Package browser walks the web UI's pages in headless Chromium as people would:
// it signs in, asks by typing, by the keyboard alone and by clicking the map, reads
// coverage, compares runs, approves, rolls back, on a desk and on a phone, in light
// and dark, with JavaScript and without. The pages are the real handlers over the
// canned city, whose model is fitted at the start.
//
//	make browser                 run the walks
//	make browser SHOTS=docs/img  and keep screenshots of the main pages there
//
// No test passes in which the console has an error or a request leaves the host.
// It is a module of its own, so that the browser's protocol stays out of the others.
package browser
