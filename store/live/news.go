package live

import "sync"

// News wakes the listeners of a topic when there is something new about it, which they read elsewhere. A slow listener is
// woken once for all that was new meanwhile. The zero value is ready, and safe for concurrent use.
type News[K comparable] struct {
	mu        sync.Mutex
	listeners map[K]map[*Listener]struct{}
}

// Listener is woken by the news of a topic. It must be closed.
type Listener struct {
	C     <-chan struct{} // receives when there was news since the last time
	c     chan<- struct{}
	close func()
}

// Close ends the listening. A second call does nothing.
func (l *Listener) Close() { l.close() }

// Listen returns a Listener for the news of a topic from now on.
func (n *News[K]) Listen(topic K) *Listener {
	c := make(chan struct{}, 1)
	l := &Listener{C: c, c: c}
	l.close = func() { n.leave(topic, l) }
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = make(map[K]map[*Listener]struct{})
	}
	if n.listeners[topic] == nil {
		n.listeners[topic] = make(map[*Listener]struct{})
	}
	n.listeners[topic][l] = struct{}{}
	return l
}

func (n *News[K]) leave(topic K, l *Listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners[topic], l)
	if len(n.listeners[topic]) == 0 {
		delete(n.listeners, topic)
	}
}

// Tell wakes all listeners of the topics. It never waits.
func (n *News[K]) Tell(topics ...K) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, topic := range topics {
		for l := range n.listeners[topic] {
			select {
			case l.c <- struct{}{}:
			default: // it has not taken the last one yet
			}
		}
	}
}
