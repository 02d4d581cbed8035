// Command api answers predictions (8001), administers (8002) and serves the web UI (8501).
package main

import "lfb/internal/app"

func main() { app.Main("api", app.API) }
