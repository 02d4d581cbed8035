// Package svgplot is how every chart with axes is drawn: gonum/plot with quiet axes, one
// palette, and a few lines of CSS that turn the palette into its dark twin.
//
//	New ─▶ AddLine, AddBars, or any plotter of gonum/plot in a colour of the palette;
//	        │     AddBound, AddFlag, and AddValues for what a pointer is told
//	        │
//	        ├─▶ Image: an SVG file that brings its CSS
//	        └─▶ Inline: an SVG element for a page that has Style in its style sheet
//
// The drawing itself has the colours of a light page, so it is right wherever CSS is not
// understood. A rule of Style finds each of them by the text of the style attribute that
// gonum/plot writes ([style*="fill:#2F6F9F"]) and overrides it where the reader prefers dark:
// nothing in the drawing is rewritten.
//
// It says nothing about what is drawn. Maps are templates of the page that shows them.
package svgplot
