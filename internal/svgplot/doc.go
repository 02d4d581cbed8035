// Package svgplot is how drawings look that are part of a page or stand beside one:
// quiet axes in one font, horizontal grid lines, and colours that whoever shows them
// replaces, so that they follow a light or a dark page.
//
//	New ─▶ lines, bars … (gonum/plot) ─▶ Draw ─▶ SVG in marker colours ─▶ the page's names
//
// It says nothing about what is drawn, and names no colour.
package svgplot
