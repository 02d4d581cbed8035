// Command starter starts, schedules, watches, promotes and rolls back; without
// a verb it lists them.
package main

import (
	"lfb/internal/app"
	"lfb/starter/verb"
)

func main() { app.Main("starter", verb.Run) }
