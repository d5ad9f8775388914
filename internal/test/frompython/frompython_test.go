package frompython_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/spec"
)

// The examples are those of docs/from-python.md, in the same order.

func Example_fromPythonActions() {
	action, ok := spec.LookUpAction("send_message")
	fmt.Println(action.Name, ok)
	for action := range spec.Actions() {
		fmt.Println(action.Name)
		break
	}
	// Output:
	// send_message true
	// create_session
}

func Example_fromPythonEvents() {
	event, ok := spec.LookUpEvent("message_received")
	fmt.Println(event.Name, ok)
	for event := range spec.Events() {
		fmt.Println(event.Name)
		break
	}
	// Output:
	// message_received true
	// error
}

func Example_fromPythonParamtypes() {
	typ, ok := spec.LookUpParamType("channel_id")
	fmt.Println(typ, ok)
	for name, typ := range spec.ParamTypes() {
		fmt.Println(name, typ)
		break
	}
	// Output:
	// string true
	// access_key string
}

func Example_fromPythonObjecttypes() {
	object, ok := spec.LookUpObject("user_channels")
	fmt.Println(object.Name, ok)
	// Output:
	// user_channels true
}

func Example_fromPythonInterface() {
	action, _ := spec.LookUpAction("ping")
	event, _ := spec.LookUpEvent("pong")
	fmt.Println(action.Doc)
	fmt.Println(event.Doc)
	// Output:
	// Asks for a pong.
	// Answers ping.
}

func Example_fromPythonInterfaceName() {
	action, _ := spec.LookUpAction("ping")
	fmt.Println(action.Name)
	// Output:
	// ping
}

func Example_fromPythonInterfaceParams() {
	action, _ := spec.LookUpAction("describe_channel")
	for _, param := range action.Params {
		fmt.Println(param.Name)
	}
	param, ok := action.Param("channel_id")
	fmt.Println(param.Doc, ok)
	// Output:
	// channel_id
	// The channel. true
}

func Example_fromPythonObject() {
	object, _ := spec.LookUpObject("user_channel")
	fmt.Println(object.Kind, object.Doc)
	// Output:
	// struct A channel of a user.
}

func Example_fromPythonObjectName() {
	object, _ := spec.LookUpObject("user_channel")
	fmt.Println(object.Name)
	// Output:
	// user_channel
}

func Example_fromPythonObjectValue() {
	object, _ := spec.LookUpObject("user_channels")
	fmt.Println(object.Kind, object.Item.Type, object.Item.Structure)
	// Output:
	// map object user_channel
}

func Example_fromPythonObjectItem() {
	object, _ := spec.LookUpObject("stun_servers")
	fmt.Println(object.Kind, object.Item.Type, object.Item.Structure)
	// Output:
	// list object stun_server
}

func Example_fromPythonObjectParams() {
	object, _ := spec.LookUpObject("user_channel")
	param, _ := object.Param("channel_status")
	fmt.Println(len(object.Params), param.Type)
	// Output:
	// 3 string
}

func Example_fromPythonParameter() {
	action, _ := spec.LookUpAction("send_message")
	param, _ := action.Param("message_ttl")
	fmt.Println(param.Doc)
	// Output:
	// How long the server should at least hold the message for those who are not connected, in seconds.
}

func Example_fromPythonParameterName() {
	action, _ := spec.LookUpAction("send_message")
	fmt.Println(action.Params[0].Name)
	// Output:
	// channel_id
}

func Example_fromPythonParameterType() {
	action, _ := spec.LookUpAction("send_message")
	param, _ := action.Param("message_ttl")
	fmt.Println(param.Type, param.Type == spec.TypeFloat)
	// Output:
	// float true
}

func Example_fromPythonParameterRequired() {
	action, _ := spec.LookUpAction("send_message")
	param, _ := action.Param("message_type")
	fmt.Println(param.Required)
	// Output:
	// true
}

func Example_fromPythonParameterValidate() {
	action, _ := spec.LookUpAction("update_user")
	param, _ := action.Param("user_attrs")
	value := map[string]any{"info": map[string]any{"url": 5}}
	fmt.Println(param.Validate(value, spec.Strict))
	fmt.Println(param.Validate(nil, spec.Strict)) // it isn't required
	// Output:
	// info.url: want string, got number
	// <nil>
}

// attrNames returns the number of attributes of an entity, and the first one.
func attrNames(entity string) string {
	found, ok := spec.LookUpEntity(entity)
	if !ok {
		return "nothing"
	}
	if len(found.Attrs) == 0 {
		return "none"
	}
	return found.Attrs[0].Name
}

func Example_fromPythonUser() {
	entity, _ := spec.LookUpEntity("user")
	for _, attr := range entity.Attrs {
		fmt.Println(attr.Name)
		break
	}
	// Output:
	// admin
}

func Example_fromPythonIdentity() {
	fmt.Println(attrNames("identity"))
	// Output:
	// auth
}

func Example_fromPythonDialoguemember() {
	fmt.Println(attrNames("dialogue_member"))
	// Output:
	// audience_ended
}

func Example_fromPythonChannel() {
	fmt.Println(attrNames("channel"))
	// Output:
	// audience
}

func Example_fromPythonChannelmember() {
	fmt.Println(attrNames("channel_member"))
	// Output:
	// autohide
}

func Example_fromPythonRealm() {
	fmt.Println(attrNames("realm"))
	// Output:
	// name
}

func Example_fromPythonRealmmember() {
	fmt.Println(attrNames("realm_member"))
	// Output:
	// operator
}

func Example_fromPythonQueue() {
	fmt.Println(attrNames("queue"))
	// Output:
	// capacity
}

func Example_fromPythonQueuemember() {
	fmt.Println(attrNames("queue_member"))
	// Output:
	// none
}

func Example_fromPythonTag() {
	fmt.Println(attrNames("tag"))
	// Output:
	// name
}

func Example_fromPythonPuppet() {
	fmt.Println(attrNames("puppet"))
	// Output:
	// name
}

// topic is the attribute that the following examples are about.
func topic() *spec.Attr {
	for _, topic := range spec.LookUp("channel.topic") {
		return topic.Attr
	}
	return nil
}

func Example_fromPythonAttribute() {
	for _, topic := range spec.LookUp("channel.topic") {
		fmt.Println(topic.Attr.Doc, "Writable by", topic.Attr.WritableBy+".")
	}
	// Output:
	// What the channel is about. Writable by operators.
}

func Example_fromPythonAttributeName() {
	fmt.Println(topic().Name)
	// Output:
	// topic
}

func Example_fromPythonAttributeType() {
	fmt.Println(topic().Type)
	// Output:
	// string
}

func Example_fromPythonAttributeInitable() {
	fmt.Println(topic().Initable)
	// Output:
	// true
}

func Example_fromPythonAttributeWritable() {
	fmt.Println(topic().WritableBy != "", topic().WritableBy)
	// Output:
	// true operators
}

func Example_fromPythonAttributeSettable() {
	fmt.Println(topic().Settable)
	// Output:
	// true
}

func Example_fromPythonAttributeUnsettable() {
	fmt.Println(topic().Unsettable)
	// Output:
	// true
}

func Example_fromPythonAttributeValidate() {
	attr := topic()
	fmt.Println(attr.Validate(true, spec.Strict))
	fmt.Println(attr.Validate(nil, spec.Strict)) // as in Python
	// Output:
	// want string, got bool
	// want string, got null
}

func Example_fromPythonTypechecks() {
	fmt.Println(spec.Validate([]string{"a"}, spec.TypeStringArray, "", spec.Strict))
	fmt.Println(spec.Validate(true, spec.TypeInt, "", spec.Strict))
	// Output:
	// <nil>
	// want int, got bool
}

// fromPythonKey is a key of these examples, and fromPythonVerifier checks what it
// has signed.
func fromPythonKey() *master.Key {
	key, err := master.ParseKey("22nlihvg", "C58sAn+Dp2Ogb2+FdfSNg3J0ImMYfYodUUgXFF2OPo0=")
	if err != nil {
		panic(err)
	}
	return key
}

func fromPythonVerifier() *master.Verifier {
	return &master.Verifier{
		Keys:    func(string) *master.Key { return fromPythonKey() },
		Replays: new(master.MemoryReplays),
	}
}

func Example_fromPythonSignCreateSession() {
	expire := time.Now().Add(10 * time.Minute)
	// master.Dash is what the Python library writes.
	sign, err := fromPythonKey().SignCreateSession(expire, master.Pairs{{Name: "name", Value: "Alice"}}, master.Dash)
	if err != nil {
		panic(err)
	}
	request := master.Request{Action: master.CreateSession, Attrs: master.Map{"name": "Alice"}}
	grant, err := fromPythonVerifier().Verify(context.Background(), sign, request)
	fmt.Println(grant.Action, err)
	// Output: create_session <nil>
}

func Example_fromPythonSignCreateSessionForUser() {
	sign, err := fromPythonKey().SignCreateSessionForUser(time.Now().Add(10*time.Minute), "22ouqqbp")
	if err != nil {
		panic(err)
	}
	grant, err := fromPythonVerifier().Verify(context.Background(), sign, master.Request{Action: master.CreateSession, UserID: "22ouqqbp"})
	fmt.Println(grant.Action, grant.UserID, err)
	// Output: create_session 22ouqqbp <nil>
}

func Example_fromPythonSignJoinChannel() {
	member := master.Map{"silenced": false}
	sign, err := fromPythonKey().SignJoinChannel(time.Now().Add(10*time.Minute), "1bfbr0u", member)
	if err != nil {
		panic(err)
	}
	request := master.Request{Action: master.JoinChannel, ChannelID: "1bfbr0u", UserID: "anybody", Attrs: member}
	grant, err := fromPythonVerifier().Verify(context.Background(), sign, request)
	fmt.Println(grant.Action, err)
	// Output: join_channel <nil>
}

func Example_fromPythonSignJoinChannelForUser() {
	sign, err := fromPythonKey().SignJoinChannelForUser(time.Now().Add(10*time.Minute), "1bfbr0u", "22ouqqbp", nil)
	if err != nil {
		panic(err)
	}
	request := master.Request{Action: master.JoinChannel, ChannelID: "1bfbr0u", UserID: "22ouqqbp"}
	grant, err := fromPythonVerifier().Verify(context.Background(), sign, request)
	fmt.Println(grant.Action, grant.UserID, err)
	// Output: join_channel 22ouqqbp <nil>
}

func Example_fromPythonSecureMetadata() {
	secured, err := fromPythonKey().Encrypt(time.Now().Add(10*time.Minute), master.Pairs{{Name: "Foo", Value: "bar"}, {Name: "Baz", Value: "quux"}})
	if err != nil {
		panic(err)
	}
	metadata, err := fromPythonVerifier().Decrypt(context.Background(), secured, "")
	fmt.Println(string(metadata.JSON), err)
	// Output: {"Foo":"bar","Baz":"quux"} <nil>
}

func Example_fromPythonSecureMetadataForUser() {
	secured, err := fromPythonKey().EncryptForUser(time.Now().Add(10*time.Minute), master.Map{"vip": true}, "22ouqqbp")
	if err != nil {
		panic(err)
	}
	metadata, err := fromPythonVerifier().Decrypt(context.Background(), secured, "22ouqqbp")
	fmt.Println(string(metadata.JSON), metadata.UserID, err)
	// Output: {"vip":true} 22ouqqbp <nil>
}

// fromPythonRow is a row of the table: a name, its counterpart, and an example.
var fromPythonRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\| `(Example_fromPython[A-Za-z]+)` \\|$")

// fromPythonShortRow is a row without an example: names, and their counterpart.
var fromPythonShortRow = regexp.MustCompile("(?m)^\\| (`[^`]+`(?:, `[^`]+`)*) \\| [^|]+ \\|$")

// fromPythonNames returns the names that have a row, with their sections:
// "ninchat.api actions".
func fromPythonNames(text string) map[string]bool {
	names := make(map[string]bool)
	section := ""
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(heading)
		}
		cells := fromPythonRow.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			cells = fromPythonShortRow.FindStringSubmatch(strings.TrimSpace(line))
		}
		if cells != nil {
			for name := range strings.SplitSeq(cells[1], ", ") {
				names[section+"\t"+strings.Trim(name, "`")] = true
			}
		}
	}
	return names
}

// TestFromPythonNames checks that each public name of the Python library has a row.
func TestFromPythonNames(t *testing.T) {
	text, err := os.ReadFile("../../../docs/from-python.md")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("testdata/from-python-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := fromPythonNames(string(text))
	count := 0
	for line := range strings.Lines(string(list)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(fields) < 2 {
			continue
		}
		count++
		if !names[fields[0]+"\t"+fields[1]] {
			t.Errorf("there is no row for %q", fields)
		}
	}
	if count < 390 {
		t.Errorf("only %d names are listed", count)
	}
}

// TestFromPython checks that each row of docs/from-python.md has an example, and
// each example a row.
func TestFromPython(t *testing.T) {
	text, err := os.ReadFile("../../../docs/from-python.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := make(map[string]bool)
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && strings.HasPrefix(function.Name.Name, "Example_") {
				examples[function.Name.Name] = true
			}
		}
	}
	// The tables before the first heading say what differs, not what there is.
	_, sections, _ := strings.Cut(string(text), "\n## ")
	rows := fromPythonRow.FindAllStringSubmatch(sections, -1)
	short := fromPythonShortRow.FindAllString(sections, -1)
	if all := strings.Count(sections, "\n| `"); all != len(rows)+len(short) {
		t.Errorf("%d and %d of %d rows have the right form", len(rows), len(short), all)
	}
	for _, row := range rows {
		if !examples[row[2]] {
			t.Errorf("%s: there is no %s, or it is used twice", row[1], row[2])
		}
		delete(examples, row[2])
	}
	for name := range examples {
		t.Errorf("%s isn't in the table", name)
	}
}
