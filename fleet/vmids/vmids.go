// Package vmids keeps the taken VMIDs in Redis, so that a VMID is judged while it is typed without a call to Proxmox.
package vmids

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Cache holds the taken VMIDs, a Redis SET for each scope. An error of its
// methods means that Redis is out of reach; the caller then asks Proxmox.
type Cache struct {
	client *redis.Client
	close  func() // ends the embedded Redis, if it is one
}

// How a set is kept: under berth:vmids:SCOPE, with a member that is no VMID, so that a
// set without VMIDs is known from one that was never filled or has expired.
const (
	vmidsKey    = "berth:vmids:"
	vmidsMarker = "known"
	vmidsLife   = 5 * time.Minute
)

// A Redis that is down must not be felt: no second try, and short time-outs. The embedded
// one cannot be down; it is slow only where all of Berth is.
const (
	redisDial      = 250 * time.Millisecond
	redisReadWrite = 150 * time.Millisecond
	embeddedWait   = 5 * time.Second
)

// errURL refuses text that is no URL of a Redis. It does not repeat the text, which may hold a password.
var errURL = errors.New("vmids: not a Redis URL")

// CheckURL fails when Open cannot use url, before anything is started. The error does not repeat it.
func CheckURL(url string) error {
	if _, err := redis.ParseURL(url); url != "" && err != nil {
		return errURL
	}
	return nil
}

// Open returns a Cache on the Redis at url, or, when url is empty, on an embedded one
// that it starts in this process, without a port. It does not connect to an external
// Redis yet: one that is down now may be up later. It fails as CheckURL does.
func Open(url string) (*Cache, error) {
	if url == "" {
		return openEmbedded(), nil
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errURL
	}
	return &Cache{client: newRedis(o, redisReadWrite), close: func() {}}, nil
}

// newRedis makes a client that waits at most wait for an answer, and for a free connection.
func newRedis(o *redis.Options, wait time.Duration) *redis.Client {
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = redisDial
	o.ReadTimeout = wait
	o.WriteTimeout = wait
	o.PoolTimeout = wait
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true // no CLIENT SETINFO on each connection
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.PipelinePoolSize = -1 // pipelines share the connections, and their smaller buffers
	o.PoolSize = 8
	return redis.NewClient(o)
}

// openEmbedded starts a miniredis and reaches it through pipes in memory. Its clock only
// moves by FastForward, which one goroutine calls until Close, so that sets expire.
func openEmbedded() *Cache {
	server := miniredis.NewMiniRedis()
	client := newRedis(&redis.Options{
		Addr: "embedded",
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			pipe, err := server.Dial()
			if err != nil {
				return nil, err
			}
			return newBufferedConn(pipe), nil
		},
	}, embeddedWait)
	done := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for last := time.Now(); ; {
			select {
			case now := <-tick.C:
				server.FastForward(now.Sub(last))
				last = now
			case <-done:
				return
			}
		}
	})
	return &Cache{client: client, close: sync.OnceFunc(func() {
		close(done)
		ticking.Wait()
		server.Close()
	})}
}

// Close ends the connection and the embedded Redis.
func (v *Cache) Close() error {
	err := v.client.Close()
	v.close()
	return err
}

// Taken tells whether the scope's set is known, and if so whether it has vmid, in one round trip.
func (v *Cache) Taken(ctx context.Context, scope string, vmid int) (known, taken bool, err error) {
	in, err := v.client.SMIsMember(ctx, vmidsKey+scope, vmidsMarker, vmid).Result()
	if err != nil {
		return false, false, fmt.Errorf("store: ask the VMID cache: %w", err)
	}
	return in[0], in[0] && in[1], nil
}

// Replace sets the scope's taken VMIDs for five minutes, in one MULTI.
func (v *Cache) Replace(ctx context.Context, scope string, vmids []int) error {
	members := make([]any, 0, len(vmids)+1)
	members = append(members, vmidsMarker)
	for _, id := range vmids {
		members = append(members, strconv.Itoa(id))
	}
	_, err := v.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, vmidsKey+scope)
		p.SAdd(ctx, vmidsKey+scope, members...)
		p.Expire(ctx, vmidsKey+scope, vmidsLife)
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: fill the VMID cache: %w", err)
	}
	return nil
}

// Drop forgets the scope's set.
func (v *Cache) Drop(ctx context.Context, scope string) error {
	if err := v.client.Del(ctx, vmidsKey+scope).Err(); err != nil {
		return fmt.Errorf("store: empty the VMID cache: %w", err)
	}
	return nil
}
