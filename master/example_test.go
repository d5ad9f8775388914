package master_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ninchat-community/ninchat/master"
)

// exampleKey is what create_master_key answered; real ones come from a file or
// the environment: see LoadKey and KeyFromEnv.
func exampleKey() *master.Key {
	key, err := master.ParseKey("22nlihvg", "C58sAn+Dp2Ogb2+FdfSNg3J0ImMYfYodUUgXFF2OPo0=")
	if err != nil {
		panic(err)
	}
	return key
}

func exampleJWTKey() *master.JWTKey {
	key, err := master.ParseJWTKey("backend-1", "VREhJeA+rubaab1ZuMzBdIg9BFPCcZcHL9w6zaY8yBg=")
	if err != nil {
		panic(err)
	}
	return key
}

// A backend lets one of its users into a channel, and somebody checks it.
func Example() {
	key := exampleKey()
	expire := time.Now().Add(10 * time.Minute)
	sign, err := key.SignJoinChannelForUser(expire, "1bfbr0u", "22ouqqbp", master.Map{"silenced": false})
	if err != nil {
		panic(err)
	}

	verifier := &master.Verifier{
		Keys: func(id string) *master.Key {
			if id != key.ID() {
				return nil
			}
			return key
		},
		Replays: new(master.MemoryReplays),
	}
	request, err := master.ParseRequest([]byte(`{"action":"join_channel","channel_id":"1bfbr0u","member_attrs":{"silenced":false}}`))
	if err != nil {
		panic(err)
	}
	request.UserID = "22ouqqbp" // who is logged in
	grant, err := verifier.Verify(context.Background(), sign, request)
	if err != nil {
		panic(err)
	}
	fmt.Println(grant.Action, "by", grant.UserID)
	_, err = verifier.Verify(context.Background(), sign, request)
	fmt.Println(err)
	// Output:
	// join_channel by 22ouqqbp
	// master: used before
}

func ExampleParseKey() {
	key, err := master.ParseKey("22nlihvg", "C58sAn+Dp2Ogb2+FdfSNg3J0ImMYfYodUUgXFF2OPo0=")
	fmt.Println(key, err)
	_, err = master.ParseKey("22nlihvg", "hunter2")
	fmt.Println(err)
	// Output:
	// master key 22nlihvg (secret hidden) <nil>
	// master: unusable master key: the secret isn't base64
}

// Mistakes are refused, instead of making something that nobody accepts or that
// everybody can use for years.
func ExampleKey_SignCreateSession_mistakes() {
	milliseconds := time.Unix(time.Now().UnixMilli(), 0)
	_, err := exampleKey().SignCreateSession(milliseconds.Add(time.Minute), nil)
	fmt.Println(err != nil)
	_, err = exampleKey().SignCreateSessionForUser(time.Now().Add(time.Minute), "")
	fmt.Println(err)
	// Output:
	// true
	// master: unsuitable value: the user's id is missing
}

func ExampleKey_Encrypt() {
	key := exampleKey()
	secured, err := key.Encrypt(time.Now().Add(time.Hour), master.Map{"customer": 42})
	if err != nil {
		panic(err)
	}
	verifier := &master.Verifier{Keys: func(string) *master.Key { return key }, Replays: new(master.MemoryReplays)}
	metadata, err := verifier.Decrypt(context.Background(), secured, "")
	fmt.Println(string(metadata.JSON), err)
	_, err = verifier.Decrypt(context.Background(), secured, "") // it can be used once
	fmt.Println(err)
	// Output:
	// {"customer":42} <nil>
	// master: the encrypted metadata is refused
}

func ExampleJWTKey_Sign() {
	key := exampleJWTKey()
	token, err := key.Sign(time.Now().Add(time.Hour), master.Claims{Subject: "customer-42", Channels: []string{"1bfbr0u"}})
	if err != nil {
		panic(err)
	}
	verifier := &master.Verifier{JWTKeys: func(string) *master.JWTKey { return key }}
	login, err := verifier.VerifyLogin(token)
	if err != nil {
		panic(err)
	}
	fmt.Println(login.Subject)
	_, err = verifier.VerifyChannel(token, "another")
	fmt.Println(err)
	// Output:
	// customer-42
	// master: not for this use: there is no scope for the channel
}

func ExampleJWTKey_Encrypt() {
	key := exampleJWTKey()
	secured, err := key.Encrypt(time.Now().Add(time.Hour), master.Map{"customer": 42}, master.UserName("Alice"))
	if err != nil {
		panic(err)
	}
	verifier := &master.Verifier{JWTKeys: func(string) *master.JWTKey { return key }, Replays: new(master.MemoryReplays)}
	metadata, err := verifier.Decrypt(context.Background(), secured, "")
	fmt.Println(string(metadata.JSON), metadata.UserName, err)
	// Output: {"customer":42} Alice <nil>
}
