// A queue service for benchmarks: the calls of SQS's JSON protocol that a consumer makes,
// answered from memory fast enough that the consumer is what is measured. No signature is
// checked and nothing is kept. Whoever fills it says how: POST /supply makes that many
// messages out of the last body sent; SendMessage adds one.
//
// On start it prints its address; GET /stats tells what was asked of it so far, and GET /reset
// makes it forget when the first receive came.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	certificate := flag.String("certificate", "", "PEM file; with --key, serve TLS")
	key := flag.String("key", "", "PEM file")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	scheme := "http"
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}})
		scheme = "https"
	}
	fmt.Printf("%s://%s\n", scheme, listener.Addr())
	go exitWithParent()
	server := &service{queue: newQueue(), requests: map[string]int{}, scheme: scheme}
	log.Fatal(http.Serve(listener, server))
}

// exitWithParent ends the server when the bench that holds its standard input has gone.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/supply":
		count, err := strconv.Atoi(r.URL.Query().Get("count"))
		if err != nil {
			http.Error(w, "count must be a whole number", http.StatusBadRequest)
			return
		}
		s.queue.supply(count)
	case "/reset":
		s.firstReceive.Store(0)
	case "/stats":
		s.writeStats(w)
	default:
		s.answer(w, r)
	}
}

func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if action == "ReceiveMessage" {
		s.firstReceive.CompareAndSwap(0, time.Now().UnixMilli())
	}
	s.count(action)
	var request request
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply, known := s.reply(action, &request, r)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
	status := http.StatusOK
	if !known {
		status = http.StatusBadRequest
		reply = fmt.Appendf(nil, `{"__type":"com.amazonaws.sqs#UnsupportedOperation","message":%q}`, action)
	}
	// As SQS does; Go's own choice for a larger answer is chunks.
	w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
	w.WriteHeader(status)
	_, _ = w.Write(reply)
}

func (s *service) writeStats(w http.ResponseWriter) {
	s.lock.Lock()
	requests := make(map[string]int, len(s.requests))
	for action, count := range s.requests {
		requests[action] = count
	}
	s.lock.Unlock()
	received, deleted, latencies := s.queue.counts()
	_ = json.NewEncoder(w).Encode(map[string]any{
		"requests": requests, "received": received, "deleted": deleted,
		"latencies_us": latencies, "first_receive_ms": s.firstReceive.Load(),
	})
}
