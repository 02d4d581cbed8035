// Command worker runs the workflows and activities of the task queues it is told to.
package main

import "lfb/internal/app"

func main() { app.Main("worker", app.Worker) }
