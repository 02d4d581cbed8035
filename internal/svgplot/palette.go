package svgplot

import (
	"fmt"
	"image/color"
	"strings"
)

// Colours of what is not a series.
var (
	Ink   = color.RGBA{0x5b, 0x68, 0x76, 0xff} // words and dotted lines
	Grid  = color.RGBA{0xdc, 0xdf, 0xe3, 0xff} // axes and the lines behind
	Paper = color.RGBA{0xff, 0xff, 0xff, 0xff} // a background, for drawings that cannot know their page's
)

// darkTwins are the colours of the palette where the reader prefers dark.
var darkTwins = []struct {
	light color.Color
	dark  string
}{
	{Ink, "#a2acb7"},
	{Grid, "#353e48"},
	{Paper, "#161b20"},
	{Series(0), "#6db3e4"},
	{Series(1), "#ff8378"},
	{Series(2), "#5cc48c"},
	{Series(3), "#9a9a9a"},
}

// Style is the CSS that drawings need: one font, and the dark twins.
func Style() string {
	var b strings.Builder
	b.WriteString(`text[style]{font-family:"Liberation Sans",Arial,Helvetica,sans-serif!important}`)
	b.WriteString(`@media (prefers-color-scheme:dark){`)
	for _, c := range darkTwins {
		light := hexColour(c.light)
		for _, property := range []string{"fill", "stroke"} {
			fmt.Fprintf(&b, `[style*="%[1]s:%[2]s"]{%[1]s:%[3]s!important}`, property, light, c.dark)
		}
	}
	b.WriteString(`}`)
	return b.String()
}

// hexColour writes a colour as gonum/plot does.
func hexColour(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}
