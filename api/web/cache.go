package web

import "sync"

// cache keeps what takes long to make, by what it is made from. Values are shared, so
// they must not be changed.
type cache[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]func() (V, error)
}

// getOrMake is the value of a key, made by the first who asks while others wait for it. What
// failed is made again, and all is forgotten when there are limit values.
func (c *cache[K, V]) getOrMake(key K, limit int, produce func() (V, error)) (V, error) {
	c.mu.Lock()
	get, ok := c.kept[key]
	if !ok {
		if c.kept == nil || len(c.kept) >= limit {
			c.kept = map[K]func() (V, error){}
		}
		get = sync.OnceValues(produce)
		c.kept[key] = get
	}
	c.mu.Unlock()
	v, err := get()
	if err != nil {
		c.mu.Lock()
		delete(c.kept, key)
		c.mu.Unlock()
	}
	return v, err
}
