import "reflect-metadata";
import { Controller, Get, Header, Inject, Injectable, Module, ServiceUnavailableException, UnauthorizedException, UseGuards } from "@nestjs/common";
import { ConfigModule, getConfigToken, registerAs } from "@nestjs/config";
import { ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsPositive, IsString, Matches, Max, MaxLength, Min, ValidateBy, ValidateNested, validateSync } from "class-validator";
import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import { LineCounter, isMap, parseDocument, visit } from "yaml";
import { ModuleRef, NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import pino from "pino";
import colors from "picocolors";
import { constants } from "node:os";
import { Redis } from "ioredis";
import { createHash, randomFillSync, randomUUID, timingSafeEqual } from "node:crypto";
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from "@nestjs/terminus";
import { PrometheusModule } from "@willsoto/nestjs-prometheus";
import { Gauge, Registry } from "prom-client";
// \0rolldown/runtime.js
var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", {
	value,
	configurable: true
});
// libs/config/src/go-duration.ts
const NS_PER_MS = 1000000n;
/** Nanoseconds of each unit, in the order in which a duration is written. */
const NS_PER_UNIT = {
	h: 3600000000000n,
	m: 60000000000n,
	s: 1000000000n,
	ms: NS_PER_MS,
	us: 1000n,
	µs: 1000n,
	μs: 1000n,
	ns: 1n
};
/** Go keeps a duration in a signed 64-bit count of nanoseconds: about 292 years. */
const MAX_NS = (1n << 63n) - 1n;
const TERM = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
/**
* Reads a duration in the syntax of Go's `time.ParseDuration`: `300ms`, `1.5h`, `1m30s`, `-5s`, `0`.
*
* Strict: no spaces, no missing unit, no upper case, nothing beyond 292 years.
*
* @returns milliseconds, with a fraction below one ms; `undefined` when the text is not a Go duration.
*/
function parseGoDuration(text) {
	const unsigned = text.replace(/^[+-]/, "");
	const ns = unsigned === "0" ? 0n : sumOfTerms(unsigned);
	if (ns === void 0 || ns > MAX_NS) return void 0;
	const ms = Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
	return text.startsWith("-") && ms !== 0 ? -ms : ms;
}
/**
* Writes milliseconds the way an operator would: `90000` becomes `1m30s`, `86400000` becomes `24h`, `0` becomes `0s`.
*
* `parseGoDuration` reads the result back to the same number; what is finer than a nanosecond is rounded.
*
* @param ms - at most 292 years, either sign.
*/
function formatGoDuration(ms) {
	const ns = toNanoseconds(Math.abs(ms));
	if (ns === 0n) return "0s";
	return (ms < 0 ? "-" : "") + (ns < NS_PER_UNIT["s"] ? formatBelowSecond(ns) : formatFromSecond(ns));
}
function sumOfTerms(text) {
	let total;
	TERM.lastIndex = 0;
	for (let end = 0; end < text.length; end = TERM.lastIndex) {
		const term = TERM.exec(text);
		if (!term) return void 0;
		const ns = termInNanoseconds(term);
		if (ns === void 0) return void 0;
		total = (total ?? 0n) + ns;
	}
	return total;
}
function termInNanoseconds([, whole = "", fraction = "", unit = ""]) {
	if (whole === "" && fraction === "") return void 0;
	const scale = NS_PER_UNIT[unit];
	return BigInt(whole) * scale + BigInt(fraction) * scale / 10n ** BigInt(fraction.length);
}
function toNanoseconds(ms) {
	const whole = Math.trunc(ms);
	return BigInt(whole) * NS_PER_MS + BigInt(Math.round((ms - whole) * 1e6));
}
function formatBelowSecond(ns) {
	const unit = [
		"ms",
		"us",
		"ns"
	].find((name) => ns >= NS_PER_UNIT[name]);
	return decimal(ns, NS_PER_UNIT[unit]) + unit;
}
function formatFromSecond(ns) {
	const hours = ns / NS_PER_UNIT["h"];
	const minutes = ns % NS_PER_UNIT["h"] / NS_PER_UNIT["m"];
	const seconds = ns % NS_PER_UNIT["m"];
	return [
		hours > 0n ? `${hours}h` : "",
		minutes > 0n ? `${minutes}m` : "",
		seconds > 0n ? `${decimal(seconds, NS_PER_UNIT["s"])}s` : ""
	].join("");
}
/** `value / scale` in decimal digits, exact, without trailing zeros; `scale` is a power of ten. */
function decimal(value, scale) {
	const digits = scale.toString().length - 1;
	const fraction = (value % scale).toString().padStart(digits, "0").replace(/0+$/, "");
	return digits > 0 && fraction !== "" ? `${value / scale}.${fraction}` : `${value / scale}`;
}
// libs/config/src/schema/scalar-types.ts
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MAX_TEXT_LENGTH = 4096;
const readNumber = (text) => NUMBER.test(text) ? Number(text) : void 0;
const numberFromYaml = (value) => typeof value === "number" ? value : void 0;
const textFromYaml = (value) => typeof value === "string" ? value : void 0;
/** Whole numbers from `min` to `max`, both included. */
function integer({ min, max }) {
	return {
		name: "integer",
		expected: `an integer ${max === void 0 ? `≥ ${min}` : `from ${min} to ${max}`}`,
		fromYaml: numberFromYaml,
		fromText: readNumber,
		format: String,
		constraints: [
			IsInt(),
			Min(min),
			Max(max ?? Number.MAX_SAFE_INTEGER)
		]
	};
}
/** A count of bytes, written as a whole number. */
function bytes(range) {
	const type = integer(range);
	return {
		...type,
		name: "bytes",
		expected: `${type.expected} (bytes)`
	};
}
/** Numbers above 0, up to and including `max`. */
function positiveNumber({ max }) {
	return {
		name: "number",
		expected: `a number > 0 and ≤ ${max}`,
		fromYaml: numberFromYaml,
		fromText: readNumber,
		format: String,
		constraints: [
			IsNumber(),
			IsPositive(),
			Max(max)
		]
	};
}
/** `true` or `false`; in the environment also `1` or `0`. */
function bool() {
	const words = {
		true: true,
		"1": true,
		false: false,
		"0": false
	};
	return {
		name: "boolean",
		expected: "true or false",
		fromYaml: (value) => typeof value === "boolean" ? value : void 0,
		fromText: (text) => Object.hasOwn(words, text) ? words[text] : void 0,
		format: String,
		constraints: [IsBoolean()]
	};
}
/** Milliseconds, written as a Go duration of at least `min`. */
function duration({ min }) {
	const minMs = parseGoDuration(min);
	if (minMs === void 0) throw new TypeError(`"${min}" is not a Go duration`);
	return {
		name: "duration",
		expected: `a duration ≥ ${min}, such as 500ms, 30s or 1m30s`,
		fromYaml: (value) => value === 0 ? 0 : typeof value === "string" ? parseGoDuration(value) : void 0,
		fromText: parseGoDuration,
		format: formatGoDuration,
		constraints: [IsNumber(), Min(minMs)]
	};
}
/** One of the given words. */
function oneOf(...words) {
	return {
		name: "enum",
		expected: words.length === 2 ? words.join(" or ") : `one of ${words.join(", ")}`,
		fromYaml: (value) => textFromYaml(value),
		fromText: (text) => text,
		format: JSON.stringify,
		constraints: [IsIn(words)]
	};
}
/** Any text; in YAML it must not look like a number or a boolean. */
function text() {
	return {
		name: "string",
		expected: "text (in quotes, when it looks like something else)",
		fromYaml: textFromYaml,
		fromText: (value) => value,
		format: JSON.stringify,
		constraints: [IsString(), MaxLength(MAX_TEXT_LENGTH)]
	};
}
/** Text of one form. */
function textLike(pattern, expected) {
	const type = text();
	return {
		...type,
		expected,
		constraints: [...type.constraints, Matches(pattern)]
	};
}
// libs/config/src/schema/setting.decorator.ts
const members = /* @__PURE__ */ new WeakMap();
/**
* Makes a property a setting: how it is read and shown, and what class-validator demands of it.
*
* The YAML key is the property in snake_case, without the unit `Ms`: `heartbeatTtlMs` is `heartbeat_ttl`.
*/
function Setting(type, doc, { secret = false, available = "yes" } = {}) {
	return (target, key) => {
		membersOf(target).set(key, {
			type,
			doc,
			secret,
			available
		});
		for (const constraint of type.constraints) constraint(target, key);
	};
}
/** Makes a property a section of settings of its own. */
function Section(section) {
	return (target, key) => {
		membersOf(target).set(key, section);
		ValidateNested()(target, key);
	};
}
/** @returns what {@link Setting} and {@link Section} said about this class. */
function sectionMembers(section) {
	return membersOf(section.prototype);
}
function membersOf(prototype) {
	const known = members.get(prototype) ?? /* @__PURE__ */ new Map();
	members.set(prototype, known);
	return known;
}
// \0@oxc-project+runtime@0.156.0/helpers/esm/decorateMetadata.js
function __decorateMetadata(k, v) {
	if (typeof Reflect === "object" && typeof Reflect.metadata === "function") return Reflect.metadata(k, v);
}
// \0@oxc-project+runtime@0.156.0/helpers/esm/decorate.js
function __decorate(decorators, target, key, desc) {
	var c = arguments.length;
	var r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc;
	var d;
	if (typeof Reflect === "object" && typeof Reflect.decorate === "function") r = Reflect.decorate(decorators, target, key, desc);
	else for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
	return c > 3 && r && Object.defineProperty(target, key, r), r;
}
// libs/config/src/sections/admin.config.ts
/** `admin.access`: who may run which command. */
var AdminAccessConfig = class {
	mode = "off";
	keyFile = "";
	issuer = "";
	audience = "";
};
__decorate([Setting(oneOf("off", "token"), "`off`: whoever reaches Redis; `token`: who has a signed token", { available: "refused" }), __decorateMetadata("design:type", String)], AdminAccessConfig.prototype, "mode", void 0);
__decorate([Setting(text(), "File with the keys that tokens are checked against", { available: "unused" }), __decorateMetadata("design:type", String)], AdminAccessConfig.prototype, "keyFile", void 0);
__decorate([Setting(text(), "Issuer that a token must name", { available: "unused" }), __decorateMetadata("design:type", String)], AdminAccessConfig.prototype, "issuer", void 0);
__decorate([Setting(text(), "Audience that a token must name", { available: "unused" }), __decorateMetadata("design:type", String)], AdminAccessConfig.prototype, "audience", void 0);
/** `admin.audit`: the trail of what operators changed. */
var AdminAuditConfig = class {
	streamMaxLen = 1e5;
};
__decorate([Setting(integer({
	min: 1e3,
	max: 1e8
}), "Entries that the audit trail keeps", { available: "unused" }), __decorateMetadata("design:type", Number)], AdminAuditConfig.prototype, "streamMaxLen", void 0);
/** `admin`: the operator's commands. */
var AdminConfig = class {
	access = new AdminAccessConfig();
	audit = new AdminAuditConfig();
};
__decorate([Section(AdminAccessConfig), __decorateMetadata("design:type", typeof AdminAccessConfig === "undefined" ? Object : AdminAccessConfig)], AdminConfig.prototype, "access", void 0);
__decorate([Section(AdminAuditConfig), __decorateMetadata("design:type", typeof AdminAuditConfig === "undefined" ? Object : AdminAuditConfig)], AdminConfig.prototype, "audit", void 0);
// libs/config/src/sections/circuit-breaker.config.ts
/** `circuit_breaker`: when a kind of job that keeps failing is left alone for a while. */
var CircuitBreakerConfig = class {
	failureThreshold = .5;
	windowMs = 6e4;
	cooldownPeriodMs = 3e4;
	minSamples = 20;
};
__decorate([Setting(positiveNumber({ max: 1 }), "Share of failed attempts that opens the breaker", { available: "unused" }), __decorateMetadata("design:type", Number)], CircuitBreakerConfig.prototype, "failureThreshold", void 0);
__decorate([Setting(duration({ min: "1s" }), "How far back attempts are counted", { available: "unused" }), __decorateMetadata("design:type", Number)], CircuitBreakerConfig.prototype, "windowMs", void 0);
__decorate([Setting(duration({ min: "1ms" }), "How long the breaker stays open before it tries again", { available: "unused" }), __decorateMetadata("design:type", Number)], CircuitBreakerConfig.prototype, "cooldownPeriodMs", void 0);
__decorate([Setting(integer({
	min: 1,
	max: 1e6
}), "Attempts within the window before there is a verdict", { available: "unused" }), __decorateMetadata("design:type", Number)], CircuitBreakerConfig.prototype, "minSamples", void 0);
// libs/config/src/sections/patterns.ts
/** Names of queues: they become part of Redis keys and of metric labels. */
const QUEUE_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** `host:port` with a port from 1 to 65535; IPv6 in brackets. */
const HOST_AND_PORT = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;
/** An address to listen on: an IP address or a host name, without a port. */
const BIND_ADDRESS = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+)$/;
/** Text that is not empty. */
const NOT_EMPTY = /\S/;
/** Names of job kinds: `file.digest`. */
const JOB_KIND = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
/** File name extensions with their dot: `.pdf`. */
const EXTENSION = /^\.[^./\\\s][^/\\\s]*$/;
// libs/config/src/sections/observability.config.ts
/** `observability.tls`: TLS of the health and metrics listener. */
var ObservabilityTlsConfig = class {
	enabled = false;
	caFile = "";
	certFile = "";
	keyFile = "";
};
__decorate([Setting(bool(), "Serve health and metrics over TLS", { available: "refused" }), __decorateMetadata("design:type", Boolean)], ObservabilityTlsConfig.prototype, "enabled", void 0);
__decorate([Setting(text(), "File with the authorities of client certificates", { available: "unused" }), __decorateMetadata("design:type", String)], ObservabilityTlsConfig.prototype, "caFile", void 0);
__decorate([Setting(text(), "File with the server's certificate", { available: "unused" }), __decorateMetadata("design:type", String)], ObservabilityTlsConfig.prototype, "certFile", void 0);
__decorate([Setting(text(), "File with the server's key", { available: "unused" }), __decorateMetadata("design:type", String)], ObservabilityTlsConfig.prototype, "keyFile", void 0);
/** `observability.tracing`: OpenTelemetry. */
var TracingConfig = class {
	enabled = false;
	endpoint = "";
};
__decorate([Setting(bool(), "Send traces", { available: "refused" }), __decorateMetadata("design:type", Boolean)], TracingConfig.prototype, "enabled", void 0);
__decorate([Setting(text(), "URL of the OTLP collector", { available: "unused" }), __decorateMetadata("design:type", String)], TracingConfig.prototype, "endpoint", void 0);
/** `observability`: health, metrics and logs. */
var ObservabilityConfig = class {
	bind = "127.0.0.1";
	metricsPort = 0;
	bearerTokenFile = "";
	tls = new ObservabilityTlsConfig();
	logLevel = "info";
	queueSampleIntervalMs = 2e3;
	tracing = new TracingConfig();
};
__decorate([Setting(textLike(BIND_ADDRESS, "an address without a port"), "Address on which health and metrics listen"), __decorateMetadata("design:type", String)], ObservabilityConfig.prototype, "bind", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 65535
}), "Port of health and metrics; 0: 9090 for the producer, 9091 for the worker, 9092 for `admin serve`"), __decorateMetadata("design:type", Number)], ObservabilityConfig.prototype, "metricsPort", void 0);
__decorate([Setting(text(), "File with the token that /metrics demands; empty: none"), __decorateMetadata("design:type", String)], ObservabilityConfig.prototype, "bearerTokenFile", void 0);
__decorate([Section(ObservabilityTlsConfig), __decorateMetadata("design:type", typeof ObservabilityTlsConfig === "undefined" ? Object : ObservabilityTlsConfig)], ObservabilityConfig.prototype, "tls", void 0);
__decorate([Setting(oneOf("trace", "debug", "info", "warn", "error", "fatal"), "The least serious log lines that are written"), __decorateMetadata("design:type", String)], ObservabilityConfig.prototype, "logLevel", void 0);
__decorate([Setting(duration({ min: "100ms" }), "How often the lengths and ages of the queues are read for the metrics"), __decorateMetadata("design:type", Number)], ObservabilityConfig.prototype, "queueSampleIntervalMs", void 0);
__decorate([Section(TracingConfig), __decorateMetadata("design:type", typeof TracingConfig === "undefined" ? Object : TracingConfig)], ObservabilityConfig.prototype, "tracing", void 0);
// libs/config/src/schema/collection-types.ts
/**
* A list of different texts. In the environment: separated by commas (spaces around them are dropped), or JSON, which
* is the way to write an item that contains a comma.
*/
function list({ items, pattern, minSize = 0 }) {
	return {
		name: "list",
		expected: `a list of ${minSize > 0 ? `at least ${minSize} ` : ""}different ${items}`,
		fromYaml: asArray,
		fromText: (text) => text.startsWith("[") ? asArray(readJson(text)) : splitAtCommas(text),
		format: JSON.stringify,
		constraints: [
			IsArray(),
			ArrayMinSize(minSize),
			ArrayUnique(),
			IsString({ each: true }),
			Matches(pattern, { each: true })
		]
	};
}
/** Whole numbers by name, such as the shares of the queues. In the environment: `high=5,low=1`, or JSON. */
function weights({ min, max }) {
	const isWeight = (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
	const validate = (value) => Object.values(asMap(value) ?? { none: void 0 }).every(isWeight);
	return {
		name: "map",
		expected: `a map of names to integers from ${min} to ${max}, such as { high: 5, low: 1 }`,
		fromYaml: asMap,
		fromText: (text) => asMap(text.startsWith("{") ? readJson(text) : splitPairs(text)),
		format: JSON.stringify,
		constraints: [ValidateBy({
			name: "weights",
			validator: { validate }
		})]
	};
}
function asArray(value) {
	return Array.isArray(value) ? value : void 0;
}
function asMap(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : void 0;
}
function readJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function splitAtCommas(text) {
	return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}
function splitPairs(text) {
	const pairs = splitAtCommas(text).map((pair) => pair.split("=").map((part) => part.trim()));
	return Object.fromEntries(pairs.map(([name = "", value = "", ...rest]) => [name, toWeight(value, rest)]));
}
function toWeight(value, rest) {
	return rest.length === 0 && /^\d+$/.test(value) ? Number(value) : NaN;
}
// libs/config/src/sections/producer.config.ts
/** `producer.http`: jobs over HTTP. */
var ProducerHttpConfig = class {
	enabled = false;
	bind = "127.0.0.1";
	port = 8080;
	bearerTokenFile = "";
	kinds = [];
};
__decorate([Setting(bool(), "Accept jobs over HTTP", { available: "refused" }), __decorateMetadata("design:type", Boolean)], ProducerHttpConfig.prototype, "enabled", void 0);
__decorate([Setting(textLike(BIND_ADDRESS, "an address without a port"), "Address to listen on", { available: "unused" }), __decorateMetadata("design:type", String)], ProducerHttpConfig.prototype, "bind", void 0);
__decorate([Setting(integer({
	min: 1,
	max: 65535
}), "Port to listen on", { available: "unused" }), __decorateMetadata("design:type", Number)], ProducerHttpConfig.prototype, "port", void 0);
__decorate([Setting(text(), "File with the token that clients must send", { available: "unused" }), __decorateMetadata("design:type", String)], ProducerHttpConfig.prototype, "bearerTokenFile", void 0);
__decorate([Setting(list({
	items: "kinds of jobs",
	pattern: JOB_KIND
}), "The kinds that are accepted; empty: all", { available: "unused" }), __decorateMetadata("design:type", Array)], ProducerHttpConfig.prototype, "kinds", void 0);
/** `producer`: where jobs come from. */
var ProducerConfig = class {
	http = new ProducerHttpConfig();
	scanDir = "";
	watch = false;
	kind = "file.digest";
	includeGlobs = ["**/*"];
	excludeGlobs = ["**/*.tmp", "**/.DS_Store"];
	followSymlinks = false;
	defaultPriority = "low";
	highPriorityExts = [
		".pdf",
		".docx",
		".xlsx",
		".zip"
	];
	rateLimitPerSec = 100;
};
__decorate([Section(ProducerHttpConfig), __decorateMetadata("design:type", typeof ProducerHttpConfig === "undefined" ? Object : ProducerHttpConfig)], ProducerConfig.prototype, "http", void 0);
__decorate([Setting(text(), "Folder to scan, one job a file; empty: none"), __decorateMetadata("design:type", String)], ProducerConfig.prototype, "scanDir", void 0);
__decorate([Setting(bool(), "Keep following the folder after the scan", { available: "refused" }), __decorateMetadata("design:type", Boolean)], ProducerConfig.prototype, "watch", void 0);
__decorate([Setting(textLike(JOB_KIND, "the kind of a job, such as file.digest"), "Kind of the jobs made from files"), __decorateMetadata("design:type", String)], ProducerConfig.prototype, "kind", void 0);
__decorate([Setting(list({
	items: "glob patterns",
	pattern: NOT_EMPTY,
	minSize: 1
}), "Files to take, below the folder"), __decorateMetadata("design:type", Array)], ProducerConfig.prototype, "includeGlobs", void 0);
__decorate([Setting(list({
	items: "glob patterns",
	pattern: NOT_EMPTY
}), "Files to leave out, also when they are included"), __decorateMetadata("design:type", Array)], ProducerConfig.prototype, "excludeGlobs", void 0);
__decorate([Setting(bool(), "Follow symbolic links"), __decorateMetadata("design:type", Boolean)], ProducerConfig.prototype, "followSymlinks", void 0);
__decorate([Setting(textLike(QUEUE_NAME, "the name of a queue"), "Queue of the files that are not in high_priority_exts"), __decorateMetadata("design:type", String)], ProducerConfig.prototype, "defaultPriority", void 0);
__decorate([Setting(list({
	items: "extensions with their dot",
	pattern: EXTENSION
}), "Extensions of the files that go to the first queue"), __decorateMetadata("design:type", Array)], ProducerConfig.prototype, "highPriorityExts", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 1e6
}), "Jobs a second of all producers together; 0: no limit"), __decorateMetadata("design:type", Number)], ProducerConfig.prototype, "rateLimitPerSec", void 0);
// libs/config/src/sections/queue.config.ts
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** `queue.completed`: which completed jobs stay readable. Dead jobs are never trimmed. */
var CompletedConfig = class {
	keepCount = 1e3;
	keepForMs = 864e5;
};
__decorate([Setting(integer({
	min: 0,
	max: 1e7
}), "How many completed jobs stay readable; 0: none"), __decorateMetadata("design:type", Number)], CompletedConfig.prototype, "keepCount", void 0);
__decorate([Setting(duration({ min: "1s" }), "How long a completed job stays readable"), __decorateMetadata("design:type", Number)], CompletedConfig.prototype, "keepForMs", void 0);
/** `queue`: what all processes that use one queue must agree on. */
var QueueConfig = class {
	prefix = "jobqueue";
	names = ["high", "low"];
	partitions = 1;
	maxPayloadBytes = 262144;
	maxLength = 0;
	uniqueWindowMs = 864e5;
	completed = new CompletedConfig();
};
__decorate([Setting(textLike(PREFIX, "letters, digits, dot, dash and underscore"), "First part of every key in Redis"), __decorateMetadata("design:type", String)], QueueConfig.prototype, "prefix", void 0);
__decorate([Setting(list({
	items: "queue names (lower case letters, digits, dash, underscore)",
	pattern: QUEUE_NAME,
	minSize: 1
}), "The queues, the most urgent first"), __decorateMetadata("design:type", Array)], QueueConfig.prototype, "names", void 0);
__decorate([Setting(integer({
	min: 1,
	max: 1024
}), "Into how many parts the keys are split; fixed by the first start"), __decorateMetadata("design:type", Number)], QueueConfig.prototype, "partitions", void 0);
__decorate([Setting(bytes({
	min: 1024,
	max: 16777216
}), "Largest payload of a job, as JSON"), __decorateMetadata("design:type", Number)], QueueConfig.prototype, "maxPayloadBytes", void 0);
__decorate([Setting(integer({ min: 0 }), "How many jobs may wait in one queue of one partition; 0: no limit"), __decorateMetadata("design:type", Number)], QueueConfig.prototype, "maxLength", void 0);
__decorate([Setting(duration({ min: "1s" }), "How long a unique key is remembered, also after its job is gone"), __decorateMetadata("design:type", Number)], QueueConfig.prototype, "uniqueWindowMs", void 0);
__decorate([Section(CompletedConfig), __decorateMetadata("design:type", typeof CompletedConfig === "undefined" ? Object : CompletedConfig)], QueueConfig.prototype, "completed", void 0);
// libs/config/src/sections/redis.config.ts
const ADDRESSES = {
	items: "host:port addresses",
	pattern: HOST_AND_PORT
};
/** `redis.tls` */
var RedisTlsConfig = class {
	enabled = false;
	caFile = "";
	certFile = "";
	keyFile = "";
	serverName = "";
};
__decorate([Setting(bool(), "Speak TLS to Redis", { available: "refused" }), __decorateMetadata("design:type", Boolean)], RedisTlsConfig.prototype, "enabled", void 0);
__decorate([Setting(text(), "File with the certificates of the authorities to trust", { available: "unused" }), __decorateMetadata("design:type", String)], RedisTlsConfig.prototype, "caFile", void 0);
__decorate([Setting(text(), "File with the client's certificate", { available: "unused" }), __decorateMetadata("design:type", String)], RedisTlsConfig.prototype, "certFile", void 0);
__decorate([Setting(text(), "File with the client's key", { available: "unused" }), __decorateMetadata("design:type", String)], RedisTlsConfig.prototype, "keyFile", void 0);
__decorate([Setting(text(), "Name that the server certificate must carry", { available: "unused" }), __decorateMetadata("design:type", String)], RedisTlsConfig.prototype, "serverName", void 0);
/** `redis.sentinel` */
var RedisSentinelConfig = class {
	masterName = "";
	addrs = [];
};
__decorate([Setting(text(), "Name of the master that the sentinels watch", { available: "refused" }), __decorateMetadata("design:type", String)], RedisSentinelConfig.prototype, "masterName", void 0);
__decorate([Setting(list(ADDRESSES), "Addresses of the sentinels", { available: "refused" }), __decorateMetadata("design:type", Array)], RedisSentinelConfig.prototype, "addrs", void 0);
/** `redis.cluster` */
var RedisClusterConfig = class {
	addrs = [];
};
__decorate([Setting(list(ADDRESSES), "Addresses of some nodes of the cluster", { available: "refused" }), __decorateMetadata("design:type", Array)], RedisClusterConfig.prototype, "addrs", void 0);
/** `redis`: how to reach Redis, and how long to wait for it. */
var RedisConfig = class {
	mode = "standalone";
	url = "";
	addr = "localhost:6379";
	username = "";
	password = "";
	db = 0;
	poolSizeMultiplier = 1;
	minIdleConns = 1;
	dialTimeoutMs = 5e3;
	readTimeoutMs = 3e3;
	writeTimeoutMs = 3e3;
	maxRetries = 3;
	tls = new RedisTlsConfig();
	sentinel = new RedisSentinelConfig();
	cluster = new RedisClusterConfig();
};
__decorate([Setting(oneOf("standalone", "sentinel", "cluster"), "How Redis is run", { available: "refused" }), __decorateMetadata("design:type", String)], RedisConfig.prototype, "mode", void 0);
__decorate([Setting(text(), "Where Redis is, as `redis://user:password@host:port/db`: another spelling of addr, username, password and db", { secret: true }), __decorateMetadata("design:type", String)], RedisConfig.prototype, "url", void 0);
__decorate([Setting(textLike(HOST_AND_PORT, "host:port, such as localhost:6379"), "Where Redis is"), __decorateMetadata("design:type", String)], RedisConfig.prototype, "addr", void 0);
__decorate([Setting(text(), "ACL user; empty: the default user"), __decorateMetadata("design:type", String)], RedisConfig.prototype, "username", void 0);
__decorate([Setting(text(), "Password of the user; empty: no login", { secret: true }), __decorateMetadata("design:type", String)], RedisConfig.prototype, "password", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 65535
}), "Number of the database"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "db", void 0);
__decorate([Setting(positiveNumber({ max: 8 }), "Size of the pool: 2 × this many connections for scripts, rounded, from 1 to 16"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "poolSizeMultiplier", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 16
}), "How many of them are opened at start; the others when the open ones are busy"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "minIdleConns", void 0);
__decorate([Setting(duration({ min: "1ms" }), "How long to wait for a connection"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "dialTimeoutMs", void 0);
__decorate([Setting(duration({ min: "1ms" }), "How long to wait for the reply to one command"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "readTimeoutMs", void 0);
__decorate([Setting(duration({ min: "1ms" }), "How long a whole enqueue may take, retries included; then its outcome is unknown"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "writeTimeoutMs", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 100
}), "How often an idempotent call is repeated before its deadline"), __decorateMetadata("design:type", Number)], RedisConfig.prototype, "maxRetries", void 0);
__decorate([Section(RedisTlsConfig), __decorateMetadata("design:type", typeof RedisTlsConfig === "undefined" ? Object : RedisTlsConfig)], RedisConfig.prototype, "tls", void 0);
__decorate([Section(RedisSentinelConfig), __decorateMetadata("design:type", typeof RedisSentinelConfig === "undefined" ? Object : RedisSentinelConfig)], RedisConfig.prototype, "sentinel", void 0);
__decorate([Section(RedisClusterConfig), __decorateMetadata("design:type", typeof RedisClusterConfig === "undefined" ? Object : RedisClusterConfig)], RedisConfig.prototype, "cluster", void 0);
/** Tests go down to 1s; `rules/between-settings.ts` knows who is a test. */
const heartbeatTtl = {
	...duration({ min: "1s" }),
	expected: duration({ min: "5s" }).expected
};
/** `worker.backoff`: the growing, random delay before a retry. */
var BackoffConfig = class {
	baseMs = 500;
	maxMs = 1e4;
};
__decorate([Setting(duration({ min: "1ms" }), "Upper bound of the first delay; it doubles with every attempt"), __decorateMetadata("design:type", Number)], BackoffConfig.prototype, "baseMs", void 0);
__decorate([Setting(duration({ min: "1ms" }), "Where the doubling ends"), __decorateMetadata("design:type", Number)], BackoffConfig.prototype, "maxMs", void 0);
/** `worker.file_digest`: the built-in handler of `file.digest`. */
var FileDigestConfig = class {
	roots = [];
};
__decorate([Setting(list({
	items: "folders",
	pattern: NOT_EMPTY
}), "The folders it may read; empty: only producer.scan_dir, or nothing"), __decorateMetadata("design:type", Array)], FileDigestConfig.prototype, "roots", void 0);
/** `worker`: how one worker process runs jobs. */
var WorkerConfig = class {
	count = 16;
	priorities = ["high", "low"];
	priorityMode = "strict";
	weights = {
		high: 5,
		low: 1
	};
	heartbeatTtlMs = 3e4;
	maxRetries = 3;
	maxCrashes = 3;
	backoff = new BackoffConfig();
	jobTimeoutMs = 6e5;
	shutdownTimeoutMs = 25e3;
	prefetch = 0;
	maxBlockMs = 6e4;
	fileDigest = new FileDigestConfig();
};
__decorate([Setting(integer({
	min: 1,
	max: 1e4
}), "Jobs that one process runs at once"), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "count", void 0);
__decorate([Setting(list({
	items: "names of queues",
	pattern: QUEUE_NAME,
	minSize: 1
}), "The queues served, in this order"), __decorateMetadata("design:type", Array)], WorkerConfig.prototype, "priorities", void 0);
__decorate([Setting(oneOf("strict", "weighted"), "`strict`: always the first queue with work; `weighted`: shares by weights, so that none starves"), __decorateMetadata("design:type", String)], WorkerConfig.prototype, "priorityMode", void 0);
__decorate([Setting(weights({
	min: 1,
	max: 1e3
}), "Shares of the queues when priority_mode is weighted"), __decorateMetadata("design:type", typeof Readonly === "undefined" ? Object : Readonly)], WorkerConfig.prototype, "weights", void 0);
__decorate([Setting(heartbeatTtl, "How long a worker may be silent before its jobs are given to others; at least 5s"), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "heartbeatTtlMs", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 1e3
}), "Retries after the first attempt, for jobs that bring no number of their own"), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "maxRetries", void 0);
__decorate([Setting(integer({
	min: 1,
	max: 1e3
}), "Lost workers after which a job is set apart", { available: "unused" }), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "maxCrashes", void 0);
__decorate([Section(BackoffConfig), __decorateMetadata("design:type", typeof BackoffConfig === "undefined" ? Object : BackoffConfig)], WorkerConfig.prototype, "backoff", void 0);
__decorate([Setting(duration({ min: "1ms" }), "How long a job may run that brings no timeout of its own"), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "jobTimeoutMs", void 0);
__decorate([Setting(duration({ min: "0s" }), "How long a stopping worker lets its jobs finish before it aborts them"), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "shutdownTimeoutMs", void 0);
__decorate([Setting(integer({
	min: 0,
	max: 1e3
}), "Jobs claimed ahead of a free slot; 0: none", { available: "refused" }), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "prefetch", void 0);
__decorate([Setting(duration({ min: "1s" }), "How long a handler may block the event loop before the lease is given up", { available: "unused" }), __decorateMetadata("design:type", Number)], WorkerConfig.prototype, "maxBlockMs", void 0);
__decorate([Section(FileDigestConfig), __decorateMetadata("design:type", typeof FileDigestConfig === "undefined" ? Object : FileDigestConfig)], WorkerConfig.prototype, "fileDigest", void 0);
// libs/config/src/sections/app-config.ts
/**
* The whole configuration of every app. `new AppConfig()` holds the defaults; {@link loadConfig} returns one that was
* read, checked and frozen at every depth. Times are in ms.
*/
var AppConfig = class {
	redis = new RedisConfig();
	queue = new QueueConfig();
	worker = new WorkerConfig();
	producer = new ProducerConfig();
	circuitBreaker = new CircuitBreakerConfig();
	observability = new ObservabilityConfig();
	admin = new AdminConfig();
};
__decorate([Section(RedisConfig), __decorateMetadata("design:type", typeof RedisConfig === "undefined" ? Object : RedisConfig)], AppConfig.prototype, "redis", void 0);
__decorate([Section(QueueConfig), __decorateMetadata("design:type", typeof QueueConfig === "undefined" ? Object : QueueConfig)], AppConfig.prototype, "queue", void 0);
__decorate([Section(WorkerConfig), __decorateMetadata("design:type", typeof WorkerConfig === "undefined" ? Object : WorkerConfig)], AppConfig.prototype, "worker", void 0);
__decorate([Section(ProducerConfig), __decorateMetadata("design:type", typeof ProducerConfig === "undefined" ? Object : ProducerConfig)], AppConfig.prototype, "producer", void 0);
__decorate([Section(CircuitBreakerConfig), __decorateMetadata("design:type", typeof CircuitBreakerConfig === "undefined" ? Object : CircuitBreakerConfig)], AppConfig.prototype, "circuitBreaker", void 0);
__decorate([Section(ObservabilityConfig), __decorateMetadata("design:type", typeof ObservabilityConfig === "undefined" ? Object : ObservabilityConfig)], AppConfig.prototype, "observability", void 0);
__decorate([Section(AdminConfig), __decorateMetadata("design:type", typeof AdminConfig === "undefined" ? Object : AdminConfig)], AppConfig.prototype, "admin", void 0);
// libs/config/src/config.module.ts
var _AppConfigModule;
const SECTIONS = Object.entries({
	redis: RedisConfig,
	queue: QueueConfig,
	worker: WorkerConfig,
	producer: ProducerConfig,
	circuitBreaker: CircuitBreakerConfig,
	observability: ObservabilityConfig,
	admin: AdminConfig
});
let AppConfigModule = _AppConfigModule = class AppConfigModule {
	/** @param loaded - what `loadConfig` returned in `main.ts`, so that errors come before Nest starts. */
	static forRoot({ config }) {
		const load = SECTIONS.map(([key]) => registerAs(key, () => config[key]));
		const providers = [{
			provide: AppConfig,
			useValue: config
		}, ...SECTIONS.map(([key, section]) => ({
			provide: section,
			useExisting: getConfigToken(key)
		}))];
		return {
			module: _AppConfigModule,
			global: true,
			imports: [ConfigModule.forRoot({
				isGlobal: true,
				load,
				ignoreEnvFile: true,
				skipProcessEnv: true
			})],
			providers,
			exports: providers.map((provider) => provider.provide)
		};
	}
};
AppConfigModule = _AppConfigModule = __decorate([Module({})], AppConfigModule);
// libs/config/src/config.error.ts
/**
* The configuration cannot be used. Carries everything that is wrong with it, so that an operator fixes it in one go;
* the message has one line for each. Apps print the message and exit with 2, before anything is connected.
*/
var ConfigError = class extends Error {
	issues;
	name = "ConfigError";
	constructor(issues) {
		super(issues.map((issue) => issue.line).join("\n"));
		this.issues = issues;
	}
};
// libs/config/src/schema/setting-list.ts
/** Every setting of the suite, in the order of the configuration file. Documentation and validation start from here. */
const SETTINGS = entriesOf(AppConfig, new AppConfig(), [], []);
/** The settings by path. */
const SETTING_BY_PATH = new Map(SETTINGS.map((entry) => [entry.path, entry]));
/** The paths of the sections: `worker`, `worker.backoff`. */
const SECTION_PATHS = new Set(SETTINGS.flatMap(({ path }) => ancestors(path)));
function entriesOf(section, values, keys, names) {
	return [...sectionMembers(section)].flatMap(([key, member]) => {
		const value = values[key];
		const here = [...keys, key];
		if (typeof member === "function") return entriesOf(member, value, here, [...names, yamlName(key)]);
		return [entryOf(member, value, here, [...names, yamlName(key, member.type.name)])];
	});
}
function entryOf(rules, defaultValue, keys, names) {
	return {
		...rules,
		path: names.join("."),
		keys,
		envName: names.join("_").toUpperCase(),
		defaultValue
	};
}
/** In YAML a duration carries its unit in the value, in code in the name. */
function yamlName(key, typeName) {
	return (typeName === "duration" ? key.replace(/Ms$/, "") : key).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
function ancestors(path) {
	const names = path.split(".");
	return names.slice(0, -1).map((_, depth) => names.slice(0, depth + 1).join("."));
}
// libs/config/src/did-you-mean.ts
/**
* The candidate that differs least from a mistyped word.
*
* @param limit - how many letters may differ; a swap of neighbours counts as two.
* @returns `undefined` when none is near enough.
*/
function nearest(word, candidates, limit) {
	let best;
	let bestDistance = limit + 1;
	for (const candidate of candidates) {
		const distance = editDistance(word, candidate, bestDistance);
		if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
}
/**
* Levenshtein's distance, one row of the table at a time. Ends early, with `enough`, when it cannot be less than that:
* every variable of the environment is compared with every setting at each start of the CLI.
*/
function editDistance(from, to, enough) {
	if (Math.abs(from.length - to.length) >= enough) return enough;
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const substitution = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(substitution, row[j] + 1, next[j - 1] + 1));
		}
		if (Math.min(...next) >= enough) return enough;
		row = next;
	}
	return row[to.length];
}
// libs/config/src/config-issue.ts
/** A value that is not what the setting takes. */
function invalidValue(facts) {
	return {
		...facts,
		line: `${facts.path}: found ${facts.found} (${facts.origin}), expected ${facts.expected}`
	};
}
/** A value that asks for something that this version does not have. */
function unavailableValue(facts) {
	const what = `${facts.found} (${facts.origin}) is not available in this version`;
	return {
		...facts,
		line: `${facts.path}: ${what}; use ${facts.expected}`
	};
}
/** A key that no setting has. */
function unknownKey(path, origin, suggestion) {
	return {
		path,
		found: "unknown key",
		expected: suggestion,
		origin,
		line: `${path}: unknown key (${origin}); ${suggestion}`
	};
}
/** A file that is not YAML. */
function syntaxError(path, lineNumber, found) {
	const origin = `${path}:${lineNumber}`;
	return {
		path,
		found,
		expected: "YAML",
		origin,
		line: `${origin}: not valid YAML: ${found}`
	};
}
/** How a value is quoted in an issue: as JSON, shortened, secrets never. */
function showValue(value, secret = false) {
	if (secret) return "(hidden)";
	if (value === null || value === void 0) return "nothing";
	const text = typeof value === "number" ? String(value) : JSON.stringify(value);
	return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
// libs/config/src/rules/availability.ts
/** Refuses values that promise what this version does not have. */
function refuseUnavailable(values) {
	return changed(values, "refused").map(({ entry, value, origin }) => {
		const { path, type, secret, defaultValue } = entry;
		const expected = typeof defaultValue === "string" && defaultValue ? defaultValue : type.format(defaultValue);
		return unavailableValue({
			path,
			found: showValue(value, secret),
			expected,
			origin
		});
	});
}
/** @returns a warning for each value that has no effect in this version. */
function warnOfUnused(values) {
	return changed(values, "unused").map(({ entry, value, origin }) => `${entry.path}: ${entry.type.format(value)} (${origin}) has no effect in this version`);
}
function changed(values, available) {
	return values.filter(({ entry, value }) => entry.available === available && entry.type.format(value) !== entry.type.format(entry.defaultValue));
}
// libs/config/src/rules/between-settings.ts
const RULES = [
	{
		path: "worker.priorities",
		uses: ["queue.names"],
		check: ({ worker, queue }) => unknownQueues(worker.priorities, queue.names)
	},
	{
		path: "worker.weights",
		uses: ["queue.names"],
		check: ({ worker, queue }) => unknownQueues(Object.keys(worker.weights), queue.names)
	},
	{
		path: "worker.weights",
		uses: ["worker.priorities", "worker.priority_mode"],
		check: ({ worker }) => worker.priorityMode === "weighted" ? missingWeights(worker) : void 0
	},
	{
		path: "worker.heartbeat_ttl",
		uses: [],
		check: ({ worker }, env) => env.NODE_ENV === "test" ? void 0 : tooShort(worker.heartbeatTtlMs)
	},
	{
		path: "worker.backoff.base",
		uses: ["worker.backoff.max"],
		check: ({ worker }) => aboveMaximum(worker.backoff)
	},
	{
		path: "producer.default_priority",
		uses: ["queue.names"],
		check: ({ producer, queue }) => unknownQueues([producer.defaultPriority], queue.names)
	}
];
/**
* Checks what one setting demands of another.
*
* @param config - every value is right by itself, but for the paths in `broken`.
*/
function checkBetweenSettings(config, { env, broken, originOf }) {
	return RULES.filter(({ path, uses }) => ![path, ...uses].some((used) => broken.has(used))).flatMap((rule) => {
		const complaint = rule.check(config, env);
		return complaint ? [invalidValue({
			path: rule.path,
			...complaint,
			origin: originOf(rule.path)
		})] : [];
	});
}
function unknownQueues(used, names) {
	const unknown = used.filter((name) => !names.includes(name));
	if (unknown.length === 0) return void 0;
	return {
		found: unknown.map((name) => showValue(name)).join(", "),
		expected: `names from queue.names: ${names.join(", ")}`
	};
}
function missingWeights({ priorities, weights }) {
	const missing = priorities.filter((name) => !Object.hasOwn(weights, name));
	if (missing.length === 0) return void 0;
	return {
		found: `no weight for ${missing.join(", ")}`,
		expected: "a weight for each of worker.priorities"
	};
}
function tooShort(heartbeatTtlMs) {
	if (heartbeatTtlMs >= parseGoDuration("5s")) return void 0;
	return {
		found: formatGoDuration(heartbeatTtlMs),
		expected: `a duration ≥ 5s`
	};
}
function aboveMaximum({ baseMs, maxMs }) {
	if (baseMs <= maxMs) return void 0;
	return {
		found: formatGoDuration(baseMs),
		expected: `at most worker.backoff.max, ${formatGoDuration(maxMs)}`
	};
}
// libs/config/src/build-config.ts
/** Reads every given value by the type of its setting, then asks class-validator, then the rules between settings. */
function buildConfig(given, env) {
	const config = new AppConfig();
	const originOf = (path) => given.get(path)?.origin ?? "default";
	const { values, unread } = readValues(given);
	for (const { entry, value } of values) assign(config, entry.keys, value);
	const issues = [...unread, ...settingsThatFail(config)].map((entry) => valueIssue(entry, given.get(entry.path)));
	const broken = new Set(issues.map(({ path }) => path));
	const sound = values.filter(({ entry }) => !broken.has(entry.path));
	issues.push(...refuseUnavailable(sound), ...checkBetweenSettings(config, {
		env,
		broken,
		originOf
	}));
	return {
		config,
		issues: inFileOrder(issues),
		warnings: warnOfUnused(sound)
	};
}
/** Sets one value in a configuration that is not frozen yet. */
function assign(config, keys, value) {
	const owner = keys.slice(0, -1).reduce((section, key) => section[key], config);
	Object.assign(owner, { [keys.at(-1)]: value });
}
function readValues(given) {
	const values = [];
	const unread = [];
	for (const entry of SETTINGS) {
		const raw = given.get(entry.path);
		if (raw === void 0) continue;
		const value = raw.isText ? entry.type.fromText(raw.value) : entry.type.fromYaml(raw.value);
		if (value === void 0) unread.push(entry);
		else values.push({
			entry,
			value,
			origin: raw.origin
		});
	}
	return {
		values,
		unread
	};
}
function settingsThatFail(config) {
	const failed = new Set(failedProperties(validateSync(config), ""));
	return SETTINGS.filter(({ keys }) => failed.has(keys.join(".")));
}
function failedProperties(errors, above) {
	return errors.flatMap(({ property, children = [] }) => children.length > 0 ? failedProperties(children, `${above}${property}.`) : [above + property]);
}
function valueIssue({ path, secret, type, defaultValue }, given) {
	const { value, origin } = given ?? {
		value: defaultValue,
		origin: "default"
	};
	return invalidValue({
		path,
		found: showValue(value, secret),
		expected: type.expected,
		origin
	});
}
function inFileOrder(issues) {
	const place = new Map(SETTINGS.map(({ path }, index) => [path, index]));
	return issues.toSorted((a, b) => place.get(a.path) - place.get(b.path));
}
// libs/config/src/rules/redis-url.ts
const URL_PATH = "redis.url";
const PARTS = [
	"redis.addr",
	"redis.username",
	"redis.password",
	"redis.db"
];
const EXPECTED = "redis://user:password@host:port/db";
/**
* `redis.url` and addr, username, password, db are two spellings of one setting: the higher origin wins whole, and
* what is left in `given` is the second spelling only. Both from one origin, or a part without an address above a url,
* is an issue: half of an address must never lead to the default one.
*/
function resolveRedisUrl(given) {
	const url = given.get(URL_PATH);
	given.delete(URL_PATH);
	if (url === void 0 || url.value === "") return [];
	const parts = PARTS.flatMap((path) => given.has(path) ? [[path, given.get(path)]] : []);
	const above = parts.filter(([, part]) => part.rank > url.rank);
	if (above.some(([path]) => path === "redis.addr")) return keepOnly(above, given);
	const clashes = [...above, ...parts.filter((part) => clashesWith(url, part))];
	return clashes.length > 0 ? clashes.map((part) => clashIssue(url, part)) : takeApart(url, given);
}
function keepOnly(above, given) {
	for (const path of PARTS) given.delete(path);
	for (const [path, part] of above) given.set(path, part);
	return [];
}
/** A part of the same origin, unless it only repeats the default, as the example file does. */
function clashesWith(url, [path, part]) {
	return part.rank === url.rank && String(part.value) !== String(SETTING_BY_PATH.get(path).defaultValue);
}
function clashIssue(url, [path, { origin }]) {
	return invalidValue({
		path,
		found: `a value beside redis.url of ${url.origin}`,
		expected: "one of them: these are two spellings of one setting",
		origin
	});
}
function takeApart(url, given) {
	const facts = {
		path: URL_PATH,
		found: "(hidden)",
		origin: url.origin
	};
	const parsed = typeof url.value === "string" ? parseUrl$1(url.value) : void 0;
	if (parsed?.protocol === "rediss:") return [unavailableValue({
		...facts,
		expected: EXPECTED
	})];
	const values = parsed && partsOf(parsed);
	if (!values) return [invalidValue({
		...facts,
		expected: EXPECTED
	})];
	PARTS.forEach((path, index) => given.set(path, {
		...url,
		value: values[index],
		isText: true
	}));
	return [];
}
function parseUrl$1(text) {
	return URL.canParse(text) ? new URL(text) : void 0;
}
__name(parseUrl$1, "parseUrl");
function partsOf(url) {
	const db = /^\/?(\d*)$/.exec(url.pathname)?.[1];
	if (url.protocol !== "redis:" || !url.hostname || url.search || url.hash || db === void 0) return void 0;
	try {
		const login = [url.username, url.password].map(decodeURIComponent);
		return [
			`${url.hostname}:${url.port || 6379}`,
			...login,
			db || "0"
		];
	} catch {
		return;
	}
}
// libs/config/src/sources/given-value.ts
/** The places a value comes from, the weakest first. */
const RANKS = {
	file: 1,
	environment: 2,
	override: 3
};
/** Puts places on top of each other. @param sources - the weakest first. */
function overlay(sources) {
	return new Map(sources.flatMap(({ values }) => [...values]));
}
// libs/config/src/sources/env-overlay.ts
/** Variables of this project that are not settings, though they look like some. */
const NOT_SETTINGS = /^(ADMIN_TOKEN.*|TEST_REDIS_URL|REDIS_SERVER_BIN)$/;
const ENTRY_BY_ENV_NAME = new Map(SETTINGS.map((entry) => [entry.envName, entry]));
const ENTRY_BY_FILE_NAME = new Map(SETTINGS.filter(({ secret }) => secret).map((entry) => [`${entry.envName}_FILE`, entry]));
const ALL_NAMES = [...ENTRY_BY_ENV_NAME.keys(), ...ENTRY_BY_FILE_NAME.keys()];
/**
* Takes the settings out of the environment: upper case, dots as `_` or `__`. Names are compared with the known
* settings, so it does not matter which `_` was a dot. A secret may come as `<NAME>_FILE`, the name of a file; one line
* break at its end is dropped. Other variables are left alone.
*/
function readEnvironment(env) {
	const overlay = new EnvironmentOverlay();
	for (const [variable, text] of Object.entries(env)) if (text !== void 0 && !NOT_SETTINGS.test(variable)) overlay.take(variable, text);
	return overlay;
}
var EnvironmentOverlay = class {
	values = /* @__PURE__ */ new Map();
	issues = [];
	warnings = [];
	take(variable, text) {
		const name = variable.replaceAll(/_+/g, "_");
		const entry = ENTRY_BY_ENV_NAME.get(name);
		const secret = ENTRY_BY_FILE_NAME.get(name);
		if (entry) this.set(entry, variable, text);
		else if (secret) this.setFromFile(secret, variable, text);
		else this.warnIfNearMiss(variable, name.toUpperCase());
	}
	set({ path }, variable, value) {
		const other = this.values.get(path);
		this.values.set(path, {
			value,
			isText: true,
			origin: variable,
			rank: RANKS.environment
		});
		if (other && other.value !== value) {
			const found = `two values, ${other.origin} and ${variable}`;
			this.issues.push(invalidValue({
				path,
				found,
				expected: "one of them",
				origin: "environment"
			}));
		}
	}
	setFromFile(entry, variable, file) {
		try {
			this.set(entry, variable, readFileSync(file, "utf8").replace(/\r?\n$/, ""));
		} catch (error) {
			const found = `${JSON.stringify(file)}, ${error.code ?? "unreadable"}`;
			this.issues.push(invalidValue({
				path: entry.path,
				found,
				expected: "a readable file",
				origin: variable
			}));
		}
	}
	warnIfNearMiss(variable, name) {
		const meant = nearest(name, ALL_NAMES, name.length < 10 ? 1 : 2);
		if (meant) this.warnings.push(`the environment variable ${variable} is not a setting; did you mean ${meant}?`);
	}
};
// libs/config/src/sources/suggest-key.ts
/**
* What a person probably meant by a key that no setting has: a neighbour with nearly the same name, else a setting of
* that name in another section, else the keys that the section has.
*/
function suggestKey(section, name) {
	const siblings = keysOf(section);
	const near = nearest(name, siblings, Math.max(2, Math.floor(name.length / 3)));
	if (near !== void 0) return `did you mean ${section === "" ? near : `${section}.${near}`}?`;
	const elsewhere = SETTINGS.find(({ path }) => path.endsWith(`.${name}`));
	return elsewhere ? `did you mean ${elsewhere.path}?` : `expected one of ${siblings.join(", ")}`;
}
function keysOf(section) {
	const start = section === "" ? "" : `${section}.`;
	const paths = [...SETTINGS.map(({ path }) => path), ...SECTION_PATHS].filter((path) => path.startsWith(start));
	return [...new Set(paths.map((path) => path.slice(start.length).split(".")[0]))];
}
// libs/config/src/sources/overrides.ts
/** Takes the settings that an app read from its command line; `undefined` means that the flag was not given. */
function readOverrides(overrides) {
	const origin = "command line";
	const given = Object.entries(overrides).filter(([, value]) => value !== void 0);
	return {
		values: new Map(given.map(([path, value]) => [path, {
			value,
			isText: typeof value === "string",
			origin,
			rank: RANKS.override
		}])),
		issues: given.filter(([path]) => !SETTING_BY_PATH.has(path)).map(([path]) => unknownKey(path, origin, suggestKey(path.split(".").slice(0, -1).join("."), path.split(".").at(-1))))
	};
}
// libs/config/src/sources/yaml-file.ts
/** @returns the text of the file; `undefined` when there is none. @throws what the file system says otherwise. */
function readIfExists(path) {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error.code === "ENOENT") return void 0;
		throw error;
	}
}
/**
* Takes the settings out of a YAML document, each with its line. Unknown and duplicate keys, aliases and broken syntax
* become issues.
*
* @param fileName - how the file is called in origins and issues.
*/
function readYaml(text, fileName) {
	const lines = new LineCounter();
	const document = parseDocument(text, {
		lineCounter: lines,
		prettyErrors: false,
		logLevel: "error"
	});
	const faults = [...syntaxFaults(document), ...aliases(document)];
	if (faults.length > 0) return {
		values: /* @__PURE__ */ new Map(),
		issues: faults.map(([at, what]) => syntaxError(fileName, lines.linePos(at).line, what))
	};
	const walk = new YamlWalk(document, (at) => `${fileName}:${lines.linePos(at).line}`);
	walk.section(document.contents, "", fileName);
	return walk;
}
function syntaxFaults(document) {
	return [...document.errors, ...document.warnings].map((fault) => [fault.pos[0], fault.message]);
}
/** An alias would hide where a value comes from, and may be circular. */
function aliases(document) {
	const found = [];
	visit(document, { Alias: (_, alias) => void found.push([alias.range?.[0] ?? 0, `the alias *${alias.source}; write the value out`]) });
	return found;
}
var YamlWalk = class {
	document;
	originAt;
	values = /* @__PURE__ */ new Map();
	issues = [];
	constructor(document, originAt) {
		this.document = document;
		this.originAt = originAt;
	}
	/** A section without a value (all its keys commented out) is an empty one. */
	section(node, path, origin) {
		if (isMap(node)) for (const pair of node.items) this.pair(pair, path);
		else if (this.toValue(node) !== null) this.issues.push(this.notASection(node, path, origin));
	}
	pair({ key, value }, section) {
		const name = String(this.toValue(key));
		const path = section === "" ? name : `${section}.${name}`;
		const origin = this.originAt(key.range?.[0] ?? 0);
		if (SETTING_BY_PATH.has(path)) this.setting(path, value, origin);
		else if (SECTION_PATHS.has(path)) this.section(value, path, origin);
		else this.issues.push(unknownKey(path, origin, suggestKey(section, name)));
	}
	setting(path, value, origin) {
		this.values.set(path, {
			value: this.toValue(value),
			isText: false,
			origin,
			rank: RANKS.file
		});
	}
	notASection(node, path, origin) {
		const found = showValue(this.toValue(node));
		return invalidValue({
			path: path || origin,
			found,
			expected: "a section of settings",
			origin
		});
	}
	toValue(node) {
		return node?.toJS(this.document) ?? null;
	}
};
/**
* Reads the configuration: defaults, then the file, then the environment, then the command line, then every check.
*
* `redis.url` is taken apart into addr, username, password and db; `worker.file_digest.roots` falls back to
* `producer.scan_dir`. Nothing is connected, and nothing but files is read.
*
* @throws {ConfigError} with everything that is wrong, not only the first. The caller exits with 2.
*/
function loadConfig({ file, env, overrides = {}, cwd = process.cwd() }) {
	const fromFile = readFile(file, cwd);
	const fromEnv = readEnvironment(env);
	const sources = [
		fromFile,
		fromEnv,
		readOverrides(overrides)
	];
	const given = overlay(sources);
	const urlIssues = resolveRedisUrl(given);
	const { config, issues, warnings } = buildConfig(given, env);
	const allIssues = [
		...sources.flatMap((source) => source.issues),
		...urlIssues,
		...issues
	];
	if (allIssues.length > 0) throw new ConfigError(allIssues);
	const origins = originsOf(given);
	fallBackToScanDir(config, origins);
	return {
		config: deepFreeze(config),
		origins,
		notes: fromFile.notes,
		warnings: [...fromEnv.warnings, ...warnings]
	};
}
function readFile(file, cwd) {
	const name = file ?? "config/config.yaml";
	const nothing = {
		values: /* @__PURE__ */ new Map(),
		issues: [],
		notes: []
	};
	try {
		const text = readIfExists(resolve(cwd, name));
		if (text !== void 0) return {
			...readYaml(text, name),
			notes: []
		};
		if (file === void 0) return {
			...nothing,
			notes: [`${name} does not exist, defaults are used`]
		};
		return {
			...nothing,
			issues: [unreadable(file, "no such file")]
		};
	} catch (error) {
		return {
			...nothing,
			issues: [unreadable(name, error.message)]
		};
	}
}
function unreadable(path, found) {
	return invalidValue({
		path,
		found,
		expected: "a readable YAML file",
		origin: "configuration file"
	});
}
function originsOf(given) {
	return new Map(SETTINGS.map(({ path }) => [path, given.get(path)?.origin ?? "default"]));
}
function fallBackToScanDir(config, origins) {
	const roots = "worker.file_digest.roots";
	if (config.worker.fileDigest.roots.length > 0 || config.producer.scanDir === "") return;
	assign(config, SETTING_BY_PATH.get(roots).keys, [config.producer.scanDir]);
	origins.set(roots, "producer.scan_dir");
}
function deepFreeze(value) {
	for (const below of Object.values(value)) if (typeof below === "object" && below !== null) deepFreeze(below);
	return Object.freeze(value);
}
// libs/config/src/queue-options.ts
/** What `QueueModule.forRoot` takes, from the settings `redis` and `queue`. */
function toQueueOptions({ redis, queue }) {
	return {
		redis: toRedisOptions(redis),
		prefix: queue.prefix,
		names: queue.names,
		partitions: queue.partitions,
		maxPayloadBytes: queue.maxPayloadBytes,
		maxLength: queue.maxLength,
		uniqueWindowMs: queue.uniqueWindowMs,
		completed: queue.completed
	};
}
function toRedisOptions(redis) {
	return {
		addr: redis.addr,
		username: redis.username,
		password: redis.password,
		db: redis.db,
		poolSizeMultiplier: redis.poolSizeMultiplier,
		minIdleConns: redis.minIdleConns,
		dialTimeoutMs: redis.dialTimeoutMs,
		readTimeoutMs: redis.readTimeoutMs,
		writeTimeoutMs: redis.writeTimeoutMs,
		maxRetries: redis.maxRetries,
		failFast: false
	};
}
// libs/observability/src/logging/log-text.ts
const LONGEST_CUT_CHARACTER_BYTES = 3;
/** At most this many bytes of UTF-8; what was cut ends in `…`. */
function cutBytes(text, limit) {
	if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
	const kept = Buffer.from(text).subarray(0, limit - LONGEST_CUT_CHARACTER_BYTES);
	return `${new TextDecoder().decode(kept, { stream: true })}…`;
}
/**
* Takes out what must never be logged and may stand in an error message: credentials inside a URL, and the arguments
* that Redis repeats when it does not know a command (a renamed AUTH would show the password).
*/
function redactSecrets(text) {
	return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, "$1***@").replaceAll(/(with args beginning with:?)[^\n]*/gi, "$1 ***");
}
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
/** One line that is safe on a terminal: everything that is not plain text is shown as `\uXXXX`. */
function escapeControls(text) {
	return text.replaceAll(UNSAFE, (character) => Array.from({ length: character.length }, (_, at) => unicodeEscape(character.charCodeAt(at))).join(""));
}
function unicodeEscape(unit) {
	return `\\u${unit.toString(16).padStart(4, "0")}`;
}
// libs/observability/src/logging/log-error.ts
/** Longest message of a line and of an error, bytes. */
const MESSAGE_LIMIT_BYTES = 4096;
const STACK_LIMIT_BYTES = 8192;
const DEEPEST_CAUSE = 3;
const SAFE_CODE = /^[\w-]{1,64}$/;
/**
* What is logged of anything thrown: class, code, message, stack, causes, and no other property. Redis clients hang the
* arguments of the failed command (payloads, passwords) on their errors.
*/
function toLogError(thrown, depth = 0) {
	if (!(thrown instanceof Error)) return logError(`thrown ${thrown === null ? "null" : typeof thrown}`, primitiveText(thrown));
	const { code, cause } = thrown;
	return {
		...logError(thrown.name || "Error", thrown.message, thrown.stack),
		...typeof code === "string" && SAFE_CODE.test(code) && { code },
		...cause !== void 0 && depth < DEEPEST_CAUSE && { cause: toLogError(cause, depth + 1) }
	};
}
/** The same, from parts; limits and redaction are applied here. */
function logError(type, message, stack) {
	return {
		type: cutBytes(type, 200),
		message: cutBytes(redactSecrets(message), MESSAGE_LIMIT_BYTES),
		...stack && { stack: cutBytes(redactSecrets(stack), STACK_LIMIT_BYTES) }
	};
}
function primitiveText(thrown) {
	if (typeof thrown === "string") return thrown;
	return typeof thrown === "object" && thrown !== null ? "(an object, not shown)" : String(thrown);
}
// libs/observability/src/logging/log-fields.ts
const NAMES = [
	"job_id",
	"kind",
	"queue",
	"worker_id",
	"attempt",
	"trace_id",
	"span_id",
	"duration_ms"
];
/** Those of an object's properties that are fields of a log line; text is limited by the line it goes to. */
function pickLogFields(from) {
	const known = NAMES.filter((name) => typeof from[name] === "string" || typeof from[name] === "number");
	return Object.fromEntries(known.map((name) => [name, from[name]]));
}
// libs/observability/src/logging/pretty-stream.ts
const LEVEL_COLOURS = {
	trace: colors.gray,
	debug: colors.gray,
	info: colors.green,
	warn: colors.yellow,
	error: colors.red,
	fatal: colors.red
};
/** Turns JSON log lines into text for a terminal. */
var PrettyStream = class {
	out;
	constructor(out) {
		this.out = out;
	}
	write(json) {
		this.out.write(prettyLine(JSON.parse(json)));
	}
};
/** `12:30:01.123 WARN message  queue=low attempt=2`, and the stack below. Colours only where picocolors sees a terminal. */
function prettyLine({ level, ts, msg = "", err, app: _app, version: _version, ...fields }) {
	const colour = LEVEL_COLOURS[level] ?? String;
	const time = colors.dim(ts.slice(11, 23));
	const rest = Object.entries(fields).map(([name, value]) => colors.dim(`${name}=${escapeControls(String(value))}`));
	return `${[[
		time,
		colour(level.toUpperCase().padEnd(5)),
		escapeControls(msg),
		...rest
	].join(" "), ...errorLines(err, msg)].join("\n")}\n`;
}
function errorLines(err, msg) {
	if (!err) return [];
	const text = err.stack ?? (msg.includes(err.message) ? "" : `${err.type}: ${err.message}`);
	const own = text ? text.split("\n").map((line) => `    ${escapeControls(line.trim())}`) : [];
	return err.cause ? [
		...own,
		"    caused by:",
		...errorLines(err.cause, "")
	] : own;
}
// libs/observability/src/logging/pino-logger.ts
/** One JSON object a line: `level ts app version … msg`; for a person on a terminal, text instead. */
function createPino({ app, version, logLevel, logStream }) {
	return pino({
		level: logLevel,
		base: {
			app,
			version
		},
		messageKey: "msg",
		timestamp: () => `,"ts":"${(/* @__PURE__ */ new Date()).toISOString()}"`,
		formatters: { level: (level) => ({ level }) },
		serializers: { err: (described) => described }
	}, logStream ?? standardOutput());
}
function standardOutput() {
	if (process.stdout.isTTY) return new PrettyStream(process.stdout);
	return pino.destination({
		dest: 1,
		sync: true
	});
}
// libs/observability/src/logging/app-logger.ts
/** What Nest says while it starts: of interest only when something is looked for. */
const FRAMEWORK = /* @__PURE__ */ new Set([
	"NestFactory",
	"InstanceLoader",
	"RoutesResolver",
	"RouterExplorer",
	"NestApplication"
]);
/** Nest's report of an error that it also throws: whoever catches that reports it. */
const RETHROWN = "ExceptionHandler";
const STACK = /\n\s+at /;
/**
* The logger of an app, for Nest (`new Logger(MyService.name)`) and for this library. Every line has the same fields;
* Nest's context stands in front of the message. Of objects given to it, only log fields, `msg` and errors are taken.
*/
var AppLogger = class {
	pino;
	constructor(options) {
		this.pino = createPino(options);
	}
	/** Whether a line of this level would be written; ask before building one in a hot path. */
	isEnabled(level) {
		return this.pino.isLevelEnabled(level);
	}
	/** Writes one line. */
	write(level, msg, fields = {}) {
		if (this.isEnabled(level)) this.pino[level](fields, cutBytes(redactSecrets(msg), MESSAGE_LIMIT_BYTES));
	}
	log(message, ...more) {
		this.fromNest(FRAMEWORK.has(String(more.at(-1))) ? "debug" : "info", message, more);
	}
	fatal(message, ...more) {
		this.fromNest("fatal", message, more);
	}
	error(message, ...more) {
		this.fromNest(more.at(-1) === RETHROWN ? "debug" : "error", message, more);
	}
	warn(message, ...more) {
		this.fromNest("warn", message, more);
	}
	debug(message, ...more) {
		this.fromNest("debug", message, more);
	}
	verbose(message, ...more) {
		this.fromNest("trace", message, more);
	}
	fromNest(level, message, more) {
		if (!this.isEnabled(level)) return;
		const last = more.at(-1);
		const context = typeof last === "string" && !STACK.test(last) ? last : "";
		const text = messageText(message);
		const err = findError(text, [message, ...more]);
		const fields = Object.assign({}, ...[message, ...more].map(fieldsOf));
		this.write(level, context ? `${context}: ${text}` : text, {
			...fields,
			...err && { err }
		});
	}
};
function messageText(message) {
	if (typeof message === "string") return message;
	if (message instanceof Error) return message.message || message.name;
	if (typeof message !== "object" || message === null) return String(message);
	const { msg, message: text } = message;
	return String(msg ?? text ?? "");
}
function findError(text, given) {
	const thrown = given.map((one) => hasErr(one) ? one.err : one).find((one) => one instanceof Error);
	if (thrown) return toLogError(thrown);
	const stack = given.slice(1).find((one) => typeof one === "string" && STACK.test(one));
	return stack === void 0 ? void 0 : logError(/^\w*(?=:)/.exec(stack)?.[0] || "Error", text, stack);
}
function hasErr(one) {
	return typeof one === "object" && one !== null && "err" in one;
}
function fieldsOf(given) {
	return typeof given === "object" && given !== null && !(given instanceof Error) ? pickLogFields(given) : {};
}
// libs/observability/src/boot/signals.ts
const SIGNALS = ["SIGTERM", "SIGINT"];
/** A terminal and a parent process may pass on the same request: two signals so close are one. */
const SAME_REQUEST_MS = 500;
/**
* The first SIGTERM or SIGINT drains the app and exits with 0; the next one leaves at once (exit code 128 + signal), and
* the leases of its jobs run out.
*/
function drainOnSignals(app, logger) {
	let firstMs;
	const onSignal = (signal) => {
		if (firstMs === void 0) {
			firstMs = performance.now();
			logger.write("info", `${signal}: draining; a second signal leaves at once`);
		} else if (performance.now() - firstMs > SAME_REQUEST_MS) {
			logger.write("warn", `${signal} again: leaving at once`);
			process.exit(128 + constants.signals[signal]);
		}
	};
	app.enableShutdownHooks([...SIGNALS], { useProcessExit: true });
	for (const signal of SIGNALS) {
		process.on(signal, onSignal);
		app.getHttpServer().once("close", () => process.off(signal, onSignal));
	}
}
// libs/observability/src/observability.options.ts
/** Injection token of {@link ObservabilityOptions}. */
const OBSERVABILITY_OPTIONS = Symbol("OBSERVABILITY_OPTIONS");
/** The port of health and metrics when `observability.metrics_port` is 0. */
const DEFAULT_PORTS = {
	producer: 9090,
	worker: 9091,
	admin: 9092
};
// libs/observability/src/start-error.ts
/** The app cannot run with the configuration it got: a port in use, a token file that is not there. It exits with 2. */
var StartError = class extends Error {
	name = "StartError";
};
// libs/observability/src/boot/listen.ts
/**
* Opens the listener of health and metrics.
*
* @returns its URL.
* @throws {StartError} the port or the address cannot be had; the message names the setting to change.
*/
async function listen(app, { app: name, bind, metricsPort }) {
	const port = metricsPort || DEFAULT_PORTS[name];
	try {
		await app.listen(port, bind);
	} catch (error) {
		throw explain(error, bind, port);
	}
	return `http://${bind.includes(":") ? `[${bind}]` : bind}:${port}`;
}
function explain(error, bind, port) {
	const setting = "observability.metrics_port (or OBSERVABILITY_METRICS_PORT)";
	switch (error.code) {
		case "EADDRINUSE": return new StartError(`port ${port} on ${bind} is in use: set ${setting} to a free port`, { cause: error });
		case "EACCES": return new StartError(`port ${port} needs privileges: set ${setting} to one above 1023`, { cause: error });
		case "EADDRNOTAVAIL":
		case "ENOTFOUND": return new StartError(`this machine has no address ${bind}: change observability.bind`, { cause: error });
		default: return error;
	}
}
// libs/observability/src/boot/boot-app.ts
/**
* Starts one long-running app: Nest with our logger, health and metrics on their own listener, SIGTERM and SIGINT drain.
* Redis may be away: the app starts all the same, and readiness says so.
*
* @param module - the root module; it imports `ObservabilityModule.forRoot(options)`.
* @throws whatever keeps it from starting, after everything that had started was stopped; see {@link runMain}.
*/
async function bootApp(module, options, extras = {}) {
	const logger = new AppLogger(options);
	const app = await NestFactory.create(module, new FastifyAdapter(), {
		...extras,
		logger,
		abortOnError: false,
		bodyParser: false,
		forceCloseConnections: true
	});
	try {
		drainOnSignals(app, logger);
		const url = await listen(app, options);
		logger.write("info", `${options.app} ${options.version} is up: health and metrics on ${url}`);
		return app;
	} catch (error) {
		await app.close().catch(() => void 0);
		throw error;
	}
}
// libs/queue/src/events/queue-events.ts
/**
* What happens in the queue, for logs, metrics and traces. Synchronous; with nobody listening an event costs one look-up.
* A listener that throws is reported on stderr and stops nothing.
*/
var QueueEvents = class {
	listeners = /* @__PURE__ */ new Map();
	/** Adds a listener; the answer takes it away again. */
	on(name, listener) {
		const set = this.listeners.get(name) ?? /* @__PURE__ */ new Set();
		this.listeners.set(name, set.add(listener));
		return () => set.delete(listener);
	}
	/** Whether building this event is worth the work. */
	isHeard(name) {
		return (this.listeners.get(name)?.size ?? 0) > 0;
	}
	/** Tells every listener, in the order they came. */
	emit(name, event) {
		for (const listener of this.listeners.get(name) ?? []) try {
			listener(event);
		} catch (error) {
			process.emitWarning(`listener of "${name}" threw: ${error instanceof Error ? error.stack : String(error)}`);
		}
	}
};
// libs/queue/src/queue.options.ts
/** The defaults of every process. */
const DEFAULT_QUEUE_OPTIONS = {
	redis: {
		addr: "localhost:6379",
		username: "",
		password: "",
		db: 0,
		poolSizeMultiplier: 1,
		minIdleConns: 1,
		dialTimeoutMs: 5e3,
		readTimeoutMs: 3e3,
		writeTimeoutMs: 3e3,
		maxRetries: 3,
		failFast: false
	},
	prefix: "jobqueue",
	names: ["high", "low"],
	partitions: 1,
	maxPayloadBytes: 262144,
	maxLength: 0,
	uniqueWindowMs: 864e5,
	completed: {
		keepCount: 1e3,
		keepForMs: 864e5
	}
};
// libs/queue/src/queue.tokens.ts
/** Injection token of the resolved {@link QueueOptions}. */
const QUEUE_OPTIONS = Symbol("QUEUE_OPTIONS");
// libs/queue/src/errors/queue-error.ts
/** Root of all errors of the library: a stable code, and the facts as fields of the subclass. */
var QueueError = class extends Error {
	code;
	constructor(code, message, options) {
		super(message, options);
		this.code = code;
		this.name = new.target.name;
	}
};
// libs/queue/src/errors/redis-unavailable.error.ts
/** Redis did not answer a call. `fate` says whether it may have been executed all the same. */
var RedisUnavailableError = class extends QueueError {
	fate;
	constructor(fate, detail, options) {
		super("redis-unavailable", `Redis did not answer (${detail})`, options);
		this.fate = fate;
	}
};
// libs/queue/src/redis/redis-address.ts
/**
* Reads `host:port`, `[::1]:6379`, or a `redis://` or `rediss://` URL.
*
* @throws {QueueError} `invalid-options`: it is none of them. The message never repeats a password.
*/
function parseAddress(addr) {
	return addr.includes("://") ? parseUrl(addr) : parseHostPort(addr);
}
/** `host:port/db`, for people: no user, no password. */
function describeAddress(addr, db) {
	const address = parseAddress(addr);
	return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}/${address.db ?? db}`;
}
function parseHostPort(addr) {
	const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::(\d{1,5}))?$/.exec(addr);
	const port = Number(match?.[3] ?? 6379);
	if (!match || port < 1 || port > 65535) throw invalid("host:port");
	return {
		host: match[1] ?? match[2] ?? "",
		port
	};
}
function parseUrl(addr) {
	const url = URL.parse(addr);
	if (!url || !["redis:", "rediss:"].includes(url.protocol) || !url.hostname) throw invalid("redis://[user:password@]host[:port][/db]");
	const db = url.pathname.slice(1);
	if (!/^\d*$/.test(db)) throw invalid("a database number after the last slash");
	return {
		host: url.hostname.replace(/^\[|\]$/g, ""),
		port: Number(url.port || 6379),
		...url.username ? { username: decodeURIComponent(url.username) } : {},
		...url.password ? { password: decodeURIComponent(url.password) } : {},
		...db ? { db: Number(db) } : {},
		...url.protocol === "rediss:" ? { tls: {} } : {}
	};
}
function invalid(expected) {
	return new QueueError("invalid-options", `redis address: expected ${expected}`);
}
// \0@oxc-project+runtime@0.156.0/helpers/esm/decorateParam.js
function __decorateParam(paramIndex, decorator) {
	return function(target, key) {
		decorator(target, key, paramIndex);
	};
}
// libs/queue/src/redis/redis-connections.ts
/** Longest time a blocking call waits for a token, ms. */
const BLOCK_MS = 5e3;
/** Redis words after which a connection must be made anew: the server behind it cannot serve us. */
const RECONNECT_WORDS = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;
let RedisConnections = class RedisConnections {
	options;
	events;
	pool = [];
	blocking = [];
	size;
	waiting = /* @__PURE__ */ new Set();
	isUp;
	lastError = "not connected yet";
	isClosed = false;
	constructor(options, events) {
		this.options = options;
		this.events = events;
		const { poolSizeMultiplier, minIdleConns, failFast } = options.redis;
		this.size = failFast ? 1 : Math.min(16, Math.max(1, Math.round(2 * poolSizeMultiplier)));
		if (!failFast) for (let count = 0; count < Math.max(1, Math.min(minIdleConns, this.size)); count++) this.openOne();
	}
	/**
	* The least busy connection that is ready. Opens one more when all are busy and the pool has room.
	*
	* @throws {RedisUnavailableError} `not-sent`: none is ready.
	*/
	async acquire() {
		if (this.options.redis.failFast && this.pool.length === 0) await this.connectOnce();
		let best;
		for (const connection of this.pool) if (connection.client.status === "ready" && (!best || connection.inFlight < best.inFlight)) best = connection;
		if ((!best || best.inFlight > 0) && this.pool.length < this.size && !this.isClosed) this.openOne();
		if (!best) throw new RedisUnavailableError("not-sent", this.lastError);
		return best;
	}
	/** A connection of its own for blocking calls, open until {@link closeBlocking} or the end of the process. */
	openBlocking() {
		const client = this.connect({
			maxRetriesPerRequest: null,
			blockingTimeout: BLOCK_MS,
			blockingTimeoutGrace: 2e3,
			socketTimeout: 2 * BLOCK_MS
		});
		this.blocking.push(client);
		return client;
	}
	/** Ends a blocking call, if one waits, by closing its connection. */
	closeBlocking(client) {
		client.disconnect();
		this.blocking.splice(this.blocking.indexOf(client), 1);
	}
	/** Whether a script can be sent right now; if not, what the client said last (it may name the address). */
	status() {
		const isUp = this.pool.some(({ client }) => client.status === "ready");
		return {
			isUp,
			detail: isUp ? "connected" : this.lastError
		};
	}
	/** Resolves when a script connection is ready, at once if one is; also when the connections are closed. */
	whenUp() {
		if (this.isClosed || this.status().isUp) return Promise.resolve();
		return new Promise((resolve) => this.waiting.add(resolve));
	}
	onApplicationShutdown() {
		this.isClosed = true;
		for (const { client } of this.pool) client.disconnect();
		for (const client of this.blocking) client.disconnect();
		this.tellWaiting();
	}
	openOne() {
		const client = this.connect({
			maxRetriesPerRequest: 1,
			socketTimeout: Math.max(5e3, 2 * this.options.redis.readTimeoutMs)
		});
		this.pool.push({
			client,
			inFlight: 0
		});
		client.on("ready", () => this.onChange());
		client.on("close", () => this.onChange());
	}
	async connectOnce() {
		const client = this.connect({
			maxRetriesPerRequest: 0,
			lazyConnect: true,
			retryStrategy: () => null
		});
		try {
			await client.connect();
		} catch {
			throw new RedisUnavailableError("not-sent", this.lastError);
		}
		this.pool.push({
			client,
			inFlight: 0
		});
	}
	connect(special) {
		const { addr, username, password, db, dialTimeoutMs } = this.options.redis;
		const client = new Redis({
			db,
			...username ? { username } : {},
			...password ? { password } : {},
			...parseAddress(addr),
			connectTimeout: dialTimeoutMs,
			enableOfflineQueue: false,
			autoResendUnfulfilledCommands: false,
			autoResubscribe: false,
			retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2e3) * (.75 + Math.random() / 2),
			reconnectOnError: (error) => RECONNECT_WORDS.test(error.message),
			...special
		});
		client.on("error", (error) => this.onError(error));
		return client;
	}
	onError(error) {
		this.lastError = error.message || error.name;
		if (this.isUp === void 0) this.onChange();
	}
	onChange() {
		const { isUp, detail } = this.status();
		if (isUp) this.tellWaiting();
		if (isUp === this.isUp || this.isClosed) return;
		this.isUp = isUp;
		if (isUp) this.events.emit("redis.up", {});
		else this.events.emit("redis.down", { detail });
	}
	tellWaiting() {
		for (const resolve of this.waiting) resolve();
		this.waiting.clear();
	}
};
RedisConnections = __decorate([
	Injectable(),
	__decorateParam(0, Inject(QUEUE_OPTIONS)),
	__decorateMetadata("design:paramtypes", [Object, typeof QueueEvents === "undefined" ? Object : QueueEvents])
], RedisConnections);
// libs/queue/src/errors/partition-mismatch.error.ts
/** Redis holds this queue under another partition count or a newer schema. The app must not start. */
var PartitionMismatchError = class extends QueueError {
	fact;
	stored;
	configured;
	constructor(fact, stored, configured, prefix) {
		super("partition-mismatch", `Redis holds "${prefix}" with ${fact} ${stored}, this app has ${configured}; set queue.partitions to the stored value, or drain the queue and follow "Growing partitions" in docs/architecture.md`);
		this.fact = fact;
		this.stored = stored;
		this.configured = configured;
	}
};
// libs/queue/src/errors/script-contract.error.ts
/** A script and its caller disagree: a wrong key count, or an answer nobody documented. A bug, not a condition. */
var ScriptContractError = class extends QueueError {
	constructor(script, detail) {
		super("script-contract", `script "${script}": ${detail}`);
	}
};
// libs/queue/src/errors/redis-refused.error.ts
/** Redis answered with an error word (OOM, READONLY, NOPERM…): the call changed nothing. */
var RedisRefusedError = class extends QueueError {
	word;
	constructor(word, detail, options) {
		super("redis-refused", `Redis refused: ${detail}`, options);
		this.word = word;
	}
};
// libs/queue/src/redis/call-fate.ts
/**
* Turns what a client threw after a command was handed to it into what is known of the call: refused (Redis answered in
* words: nothing was written), not sent, or unknown. The original is not attached: ioredis errors carry the arguments of
* the command, and with them payloads. ioredis has no code for "not sent"; its text is matched here, nowhere else.
*/
function classifyFailure(error) {
	if (error instanceof RedisUnavailableError) return error;
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof Error && error.name === "ReplyError") return new RedisRefusedError(errorWord(message), message);
	return new RedisUnavailableError(message.startsWith("Stream isn't writeable") ? "not-sent" : "unknown", message);
}
/** `OOM command not allowed…` → `OOM`. */
function errorWord(message) {
	return /^-?([A-Z][A-Z]+)\b/.exec(message)?.[1] ?? "ERR";
}
// libs/queue/src/redis/queue-keys.ts
/**
* Every key of one partition. This is the only file that spells a key.
*
* All keys of a partition share one hash tag, so each script touches one cluster slot.
*/
var QueueKeys = class {
	/** First part of every key of this partition: `{jobqueue:0}:`. */
	tag;
	/** HASH id → record. */
	jobs;
	/** HASH id → history, for jobs that have one. */
	history;
	/** HASH fingerprint → what is kept of an error. */
	failures;
	/** LIST of ids, newest first. */
	completed;
	/** HASH id → outcome of a completed job. */
	outcome;
	/** ZSET id → died at, ms. */
	dead;
	/** ZSET worker id → lease deadline, ms. */
	workers;
	/** ZSET worker id → revoked at, ms: its jobs are being taken back. */
	revoked;
	/** HASH queue → why, by whom, until when. */
	paused;
	/** HASH of facts about the partition: schema, partitions, claim number, sweep, amnesty. */
	control;
	constructor(prefix, partition) {
		this.tag = `{${prefix}:${partition}}:`;
		this.jobs = `${this.tag}jobs`;
		this.history = `${this.tag}history`;
		this.failures = `${this.tag}failures`;
		this.completed = `${this.tag}completed`;
		this.outcome = `${this.tag}outcome`;
		this.dead = `${this.tag}dead`;
		this.workers = `${this.tag}workers`;
		this.revoked = `${this.tag}revoked`;
		this.paused = `${this.tag}paused`;
		this.control = `${this.tag}control`;
	}
	/** LIST of ids: enqueue at the left, claim at the right. */
	ready(queue) {
		return `${this.tag}ready:${queue}`;
	}
	/** ZSET id → due time, ms. */
	scheduled(queue) {
		return `${this.tag}scheduled:${queue}`;
	}
	/** LIST with at most one token: there is work in this queue. */
	wake(queue) {
		return `${this.tag}wake:${queue}`;
	}
	/** LIST with at most one token: the next due time of this queue changed, or nobody waits for it (ADR 0007). */
	timer(queue) {
		return `${this.tag}wake-timer:${queue}`;
	}
	/** ZSET id → claim number, µs: what one incarnation holds. */
	processing(workerId) {
		return `${this.tag}processing:${workerId}`;
	}
	/** HASH of what a worker says of itself. */
	worker(workerId) {
		return `${this.tag}worker:${workerId}`;
	}
	/** HASH sequence number → answer of the last batches of one producer. */
	producer(producerId) {
		return `${this.tag}producer:${producerId}`;
	}
	/** STRING: id of the job that holds this unique key. */
	unique(key) {
		return `${this.tag}unique:${key}`;
	}
	/** HASH: a token bucket. Global, so it lives in partition 0. */
	limit(name) {
		return `${this.tag}limit:${name}`;
	}
};
/**
* The partition of a job: fixed by its unique key, else by its id. FNV-1a over UTF-16 code units: cheap, and equal in
* every build. Changing it would lose sight of stored jobs.
*/
function partitionOf(key, partitions) {
	if (partitions === 1) return 0;
	let hash = 2166136261;
	for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16777619);
	return (hash >>> 0) % partitions;
}
// libs/queue/src/redis/script-header.ts
/** Reads the head comment. Throws when it is not of the documented form: a script without a contract is not loaded. */
function parseScriptHeader(lua) {
	const head = /^-- ([a-z-]+): (.+)$/m.exec(lua);
	if (!head) throw new Error("a script must start with \"-- name: from -> to\" or \"-- name: no move\"");
	const [, name = "", moves = ""] = head;
	return {
		name,
		moves: moves === "no move" ? [] : moves.split(", ").map(parseMove),
		fixedKeys: [...lua.matchAll(/^-- KEYS\[\d+\] /gm)].length,
		hasMoreKeys: /^-- KEYS\[\d+\.\.\] /m.test(lua)
	};
}
function parseMove(text) {
	const [from, to] = text.split(" -> ");
	if (!from || !to) throw new Error(`"${text}" is not a move, expected "from -> to"`);
	return {
		from,
		to
	};
}
/** Every script of the library. */
const SCRIPTS = Object.fromEntries(Object.entries({
	advance: "#!lua flags=allow-oom\n-- advance: processing -> completed, completed -> gone, scheduled -> ready, ready -> processing\n-- The hot path: acks what ended, promotes what is due, claims what the caller can run, says when the next job is due.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- KEYS[3] control     HASH  last claim number\n-- KEYS[4] jobs        HASH  id -> record\n-- KEYS[5] history     HASH  id -> history\n-- KEYS[6] completed   LIST  ids, newest left\n-- KEYS[7] outcome     HASH  id -> outcome\n-- KEYS[8] paused      HASH  queue -> pause\n-- KEYS[9..] ready, scheduled, wake, timer  one group a queue served\n-- ARGV[1] worker id\n-- ARGV[2] completed jobs to keep\n-- ARGV[3] jobs wanted: the free slots of the caller\n-- ARGV[4] number of queues, then their names\n-- ARGV[..] number of steps, then queue index, limit  the order of the claim, one pair a step\n-- ARGV[..] id, claim number, outcome tail  one row a job to ack\n-- RETURNS \"LOST\", or: now ms, next due ms or \"\", first claim number, rows not held (counted from 1),\n--         id, record, history  one row a claim, numbered upwards from the first\n-- ATOMICITY registration and claim numbers are checked before the first write; destination, then source\nlocal workers, processing, control, jobs, history, completed, outcome, paused = unpack(KEYS, 1, 8)\nlocal workerId, keep, wanted, queues = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])\nif not redis.call('ZSCORE', workers, workerId) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal micros = time[1] * 1000000 + time[2]\nlocal now = math.floor(micros / 1000)\nlocal nowText = string.format('%.0f', now)\nlocal steps = tonumber(ARGV[5 + queues])\nlocal acks = 6 + queues + 2 * steps\n\nlocal gone = {}\nif #ARGV >= acks then\n  local ids, row = {}, 0\n  for at = acks, #ARGV, 3 do ids[#ids + 1] = ARGV[at] end\n  local held, done, outcomes = redis.call('ZMSCORE', processing, unpack(ids)), {}, {}\n  for at = acks, #ARGV, 3 do\n    row = row + 1\n    if held[row] and tonumber(held[row]) == tonumber(ARGV[at + 1]) then\n      done[#done + 1] = ARGV[at]\n      outcomes[#outcomes + 1] = ARGV[at]\n      outcomes[#outcomes + 1] = nowText .. ' ' .. ARGV[at + 2]\n    else\n      gone[#gone + 1] = row\n    end\n  end\n  if #done > 0 then\n    redis.call('HSET', outcome, unpack(outcomes))\n    local length = redis.call('LPUSH', completed, unpack(done))\n    redis.call('ZREM', processing, unpack(done))\n    if length > keep then\n      local excess = math.min(length - keep, #done + 500)\n      local old = redis.call('LRANGE', completed, -excess, -1)\n      redis.call('HDEL', jobs, unpack(old))\n      redis.call('HDEL', outcome, unpack(old))\n      redis.call('HDEL', history, unpack(old))\n      redis.call('RPOP', completed, excess)\n    end\n  end\nend\n\nlocal nextDue, hasScheduled, overdue = math.huge, {}, {}\nfor queue = 1, queues do\n  local scheduled = KEYS[4 * queue + 6]\n  local head = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')\n  if head[1] and tonumber(head[2]) <= now then\n    local due = redis.call('ZRANGE', scheduled, 0, nowText, 'BYSCORE', 'LIMIT', 0, 100)\n    redis.call('LPUSH', KEYS[4 * queue + 5], unpack(due))\n    redis.call('ZREM', scheduled, unpack(due))\n    head = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')\n  end\n  hasScheduled[queue] = head[1]\n  overdue[queue] = head[1] and tonumber(head[2]) <= now\n  if head[1] then nextDue = math.min(nextDue, tonumber(head[2])) end\nend\n\nlocal isPaused, claimed = {}, {}\nlocal anyPaused = redis.call('HLEN', paused) > 0\nfor queue = 1, queues do isPaused[queue] = anyPaused and redis.call('HEXISTS', paused, ARGV[4 + queue]) == 1 end\nlocal first = micros\nif wanted > 0 then\n  first = math.max(micros, (tonumber(redis.call('HGET', control, 'claim') or 0)) + 1)\n  for at = 6 + queues, acks - 1, 2 do\n    local queue, limit = tonumber(ARGV[at]), math.min(tonumber(ARGV[at + 1]), wanted - #claimed)\n    if limit > 0 and not isPaused[queue] then\n      local ready, members = KEYS[4 * queue + 5], {}\n      local ids = redis.call('LRANGE', ready, -limit, -1)\n      for index = #ids, 1, -1 do\n        members[#members + 1] = string.format('%.0f', first + #claimed)\n        members[#members + 1] = ids[index]\n        claimed[#claimed + 1] = ids[index]\n      end\n      if #ids > 0 then\n        redis.call('ZADD', processing, unpack(members))\n        redis.call('RPOP', ready, #ids)\n      end\n    end\n  end\nend\n\nlocal reply = { nowText, nextDue < math.huge and string.format('%.0f', nextDue) or '', string.format('%.0f', first), gone }\nif #claimed > 0 then\n  redis.call('HSET', control, 'claim', string.format('%.0f', first + #claimed - 1))\n  local records = redis.call('HMGET', jobs, unpack(claimed))\n  local pasts = redis.call('HMGET', history, unpack(claimed))\n  for index, id in ipairs(claimed) do\n    reply[#reply + 1] = id\n    reply[#reply + 1] = records[index] or ''\n    reply[#reply + 1] = pasts[index] or ''\n  end\nend\n\nfor queue = 1, queues do\n  local ready, _, wake, timer = unpack(KEYS, 4 * queue + 5, 4 * queue + 8)\n  if not isPaused[queue] and (overdue[queue] or redis.call('LLEN', ready) > 0) and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\n  if hasScheduled[queue] and #claimed >= wanted and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end\nend\nreturn reply\n",
	enqueue: "#!lua\n-- enqueue: new -> ready, new -> scheduled\n-- Stores a batch of jobs of one producer, once, however often the batch is sent. Refused as a whole when Redis is full.\n--\n-- KEYS[1] producer  HASH  sequence number -> answer, of its last 32 batches\n-- KEYS[2] jobs      HASH  id -> record\n-- KEYS[3] paused    HASH  queue -> pause\n-- KEYS[4..] ready, scheduled, wake, timer  one group a queue of the batch; after the groups one unique key a job that has one\n-- ARGV[1] sequence number of the batch\n-- ARGV[2] most ready jobs a queue may hold; 0: no limit\n-- ARGV[3] unique window, ms\n-- ARGV[4] number of queues, then their names\n-- ARGV[..] id, queue index, when (0: now, +ms: from now, ms: at), record tail, unique key index or 0  one row a job\n-- RETURNS answer, now ms. The answer is \"stored\" (every job), \"stale\" (sequence older than the kept ones; nothing\n--         written), or one word a job, by comma: \"stored\", \"full\", \"duplicate <id of the first>\"\n-- ATOMICITY each job is checked before its record is written; record, then container, then unique key\nlocal producer, jobs, paused = KEYS[1], KEYS[2], KEYS[3]\nlocal sequence, maxLength, window, queues = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal start = string.format('1 %.0f ', now)\n\nlocal seen = redis.call('HMGET', producer, sequence, 'newest')\nlocal newest = tonumber(seen[2] or 0)\nif seen[1] then return { seen[1], string.format('%.0f', now) } end\nif tonumber(sequence) <= newest - 32 then return { 'stale', string.format('%.0f', now) } end\n\nlocal toReady, toScheduled, room = {}, {}, {}\nfor queue = 1, queues do\n  toReady[queue], toScheduled[queue] = {}, {}\n  room[queue] = maxLength == 0 and math.huge or maxLength - redis.call('LLEN', KEYS[4 * queue])\nend\n\nlocal answers, allStored = {}, true\nfor row = 5 + queues, #ARGV, 5 do\n  local id, queue, when, unique = ARGV[row], tonumber(ARGV[row + 1]), ARGV[row + 2], tonumber(ARGV[row + 4])\n  local uniqueKey = unique > 0 and KEYS[3 + 4 * queues + unique]\n  local first = uniqueKey and redis.call('GET', uniqueKey)\n  local due = tonumber(when)\n  if string.sub(when, 1, 1) == '+' then due = now + due end\n  local answer = 'stored'\n  if first and first ~= id then\n    answer = 'duplicate ' .. first\n  elseif due <= now and room[queue] <= 0 then\n    answer = 'full'\n  elseif redis.call('HSETNX', jobs, id, start .. ARGV[row + 3]) == 0 then\n    answer = 'duplicate ' .. id\n  elseif due <= now then\n    table.insert(toReady[queue], id)\n    room[queue] = room[queue] - 1\n  else\n    table.insert(toScheduled[queue], string.format('%.0f', due))\n    table.insert(toScheduled[queue], id)\n  end\n  if answer == 'stored' and uniqueKey then redis.call('SET', uniqueKey, id, 'PX', window) end\n  allStored = allStored and answer == 'stored'\n  answers[#answers + 1] = answer\nend\n\nfor queue = 1, queues do\n  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue, 4 * queue + 3)\n  if #toReady[queue] > 0 then\n    redis.call('LPUSH', ready, unpack(toReady[queue]))\n    if redis.call('HEXISTS', paused, ARGV[4 + queue]) == 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\n  end\n  if #toScheduled[queue] > 0 then\n    local before = redis.call('ZRANGE', scheduled, 0, 0)[1]\n    redis.call('ZADD', scheduled, unpack(toScheduled[queue]))\n    local after = redis.call('ZRANGE', scheduled, 0, 0)[1]\n    if after ~= before and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end\n  end\nend\n\nlocal answer = allStored and 'stored' or table.concat(answers, ',')\nredis.call('HSET', producer, sequence, answer, 'newest', math.max(newest, tonumber(sequence)))\nredis.call('HDEL', producer, tonumber(sequence) - 32)\nredis.call('PEXPIRE', producer, 3600000)\nreturn { answer, string.format('%.0f', now) }\n",
	fail: "#!lua flags=allow-oom\n-- fail: processing -> scheduled, processing -> dead\n-- Takes failed and postponed runs: each job runs again later, or is dead-lettered with a reason.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- KEYS[3] history     HASH  id -> history\n-- KEYS[4] failures    HASH  fingerprint -> counts and error\n-- KEYS[5] dead        ZSET  id by died at, ms\n-- KEYS[6..] scheduled, timer  one pair a queue served\n-- ARGV[1] worker id\n-- ARGV[2] most failures kept\n-- ARGV[3] number of failures, then fingerprint, count, error as JSON  one row a failure of this batch\n-- ARGV[..] id, claim number, queue index or 0 (bury), delay ms, history tail  one row a job\n-- RETURNS \"LOST\", or: now ms, rows not held (counted from 1)\n-- ATOMICITY each claim number is checked before its job is written; history, destination, source\nlocal workers, processing, history, failures, dead = unpack(KEYS, 1, 5)\nif not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal nowText = string.format('%.0f', now)\nlocal rows = 4 + 3 * tonumber(ARGV[3])\n\nfor at = 4, rows - 1, 3 do\n  local fingerprint, count, error = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]\n  local known = redis.call('HGET', failures, fingerprint)\n  local before, since = string.match(known or '', '^(%d+) (%d+) ')\n  if before then\n    redis.call('HSET', failures, fingerprint, string.format('%.0f %s %s\\n%s', before + count, since, nowText, error))\n  elseif redis.call('HLEN', failures) < tonumber(ARGV[2]) then\n    redis.call('HSET', failures, fingerprint, string.format('%.0f %s %s\\n%s', count, nowText, nowText, error))\n  end\nend\n\nlocal gone, row = {}, 0\nfor at = rows, #ARGV, 5 do\n  local id, number, queue, delay, past = unpack(ARGV, at, at + 4)\n  local held = redis.call('ZSCORE', processing, id)\n  row = row + 1\n  if not held or tonumber(held) ~= tonumber(number) then\n    gone[#gone + 1] = row\n  elseif queue == '0' then\n    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)\n    redis.call('ZADD', dead, nowText, id)\n    redis.call('ZREM', processing, id)\n  else\n    local scheduled, timer = KEYS[4 + 2 * queue], KEYS[5 + 2 * queue]\n    local due = string.format('%.0f', now + tonumber(delay))\n    local before = redis.call('ZRANGE', scheduled, 0, 0)[1]\n    redis.call('HSET', history, id, '1 ' .. due .. ' ' .. past)\n    redis.call('ZADD', scheduled, due, id)\n    redis.call('ZREM', processing, id)\n    local after = redis.call('ZRANGE', scheduled, 0, 0)[1]\n    if after ~= before and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end\n  end\nend\nreturn { nowText, gone }\n",
	"find-job": "#!lua flags=no-writes\n-- find-job: no move\n-- The state of one id by elimination, and all that is stored of it. A job without a record is still found, in a ready\n-- list among the next 1000.\n--\n-- KEYS[1] jobs     HASH  id -> record\n-- KEYS[2] history  HASH  id -> history\n-- KEYS[3] outcome  HASH  id -> outcome\n-- KEYS[4] dead     ZSET  id by died at, ms\n-- KEYS[5] workers  ZSET  worker id by lease deadline, ms\n-- KEYS[6] revoked  ZSET  worker id by revoked at, ms\n-- KEYS[7] failures  HASH  fingerprint -> counts and error\n-- KEYS[8..] scheduled, ready  ZSET, LIST  one pair a queue; then processing  ZSET  one a worker, in the order of ARGV[3..]\n-- ARGV[1] id\n-- ARGV[2] queues   how many pairs\n-- ARGV[3..] worker id  all workers, registered and revoked\n-- RETURNS again (the workers are others by now) | {state or absent, record, history, outcome, score, where, failures}; score\n--   is the died at, due time or claim number; where counts KEYS from 8, or 0; failures as fingerprint, text or false\n-- ATOMICITY one look; writes nothing\nlocal jobs, history, outcome, dead, workers, revoked, failures = unpack(KEYS, 1, 7)\nlocal id, queues = ARGV[1], tonumber(ARGV[2])\n\nlocal known = #ARGV - 2\nif redis.call('ZCARD', workers) + redis.call('ZCARD', revoked) ~= known then return 'again' end\nfor index = 3, #ARGV do\n  local name = ARGV[index]\n  if not (redis.call('ZSCORE', workers, name) or redis.call('ZSCORE', revoked, name)) then return 'again' end\nend\n\nlocal record = redis.call('HGET', jobs, id)\nlocal function answer(state, score, where)\n  local past, errors = redis.call('HGET', history, id), {}\n  for fingerprint in string.gmatch(past or '', '\"fingerprint\":\"(%x+)\"') do\n    errors[#errors + 1] = fingerprint\n    errors[#errors + 1] = redis.call('HGET', failures, fingerprint)\n  end\n  return { state, record, past, redis.call('HGET', outcome, id), score, where, errors }\nend\n\nif redis.call('HEXISTS', outcome, id) == 1 then return answer('completed', false, 0) end\nlocal died = redis.call('ZSCORE', dead, id)\nif died then return answer('dead', died, 0) end\nfor index = 8, 6 + 2 * queues, 2 do\n  local due = redis.call('ZSCORE', KEYS[index], id)\n  if due then return answer('scheduled', due, index - 7) end\nend\nfor index = 8 + 2 * queues, #KEYS do\n  local claim = redis.call('ZSCORE', KEYS[index], id)\n  if claim then return answer('processing', claim, index - 7) end\nend\nif record then return answer('ready', false, 0) end\nfor index = 9, 7 + 2 * queues, 2 do\n  if redis.call('LPOS', KEYS[index], id, 'RANK', -1, 'MAXLEN', 1000) then return answer('ready', false, index - 7) end\nend\nreturn answer('absent', false, 0)\n",
	handshake: "#!lua flags=allow-oom\n-- handshake: no move\n-- Fixes schema and partition count at the first start; every later start compares.\n--\n-- KEYS[1] control  HASH  facts about the partition\n-- ARGV[1] create (write what is missing) or compare (write nothing)\n-- ARGV[2] schema this app writes\n-- ARGV[3] partitions this app has\n-- RETURNS schema stored, partitions stored; the caller's own where none is stored\n-- ATOMICITY what is stored is never overwritten\nif ARGV[1] == 'create' then\n  redis.call('HSETNX', KEYS[1], 'schema', ARGV[2])\n  redis.call('HSETNX', KEYS[1], 'partitions', ARGV[3])\nend\nlocal stored = redis.call('HMGET', KEYS[1], 'schema', 'partitions')\nreturn { stored[1] or ARGV[2], stored[2] or ARGV[3] }\n",
	heartbeat: "#!lua flags=allow-oom\n-- heartbeat: no move\n-- Renews the lease of a worker, and with it of every job it holds. Never creates one. Names claims that look forgotten.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- ARGV[1] worker id\n-- ARGV[2] lease, ms\n-- ARGV[3] age from which a claim is named, ms\n-- RETURNS \"LOST\", or: now ms, id, claim number  one pair a claim older than that\n-- ATOMICITY the registration is checked before the write\nif not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal micros = time[1] * 1000000 + time[2]\nlocal now = math.floor(micros / 1000)\nredis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])\nlocal old = redis.call('ZRANGE', KEYS[2], '-inf', string.format('%.0f', micros - tonumber(ARGV[3]) * 1000), 'BYSCORE', 'WITHSCORES')\nreturn { string.format('%.0f', now), unpack(old) }\n",
	leave: "#!lua flags=allow-oom\n-- leave: processing -> ready, processing -> dead\n-- The end of an incarnation: everything Redis holds for it goes to the front of its queue, then its registration goes.\n-- One interruption each. A record that names none of the queues served cannot run here or there: dead, with its bytes.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- KEYS[3] worker      HASH  what the caller said of itself\n-- KEYS[4] jobs        HASH  id -> record\n-- KEYS[5] history     HASH  id -> history\n-- KEYS[6] dead        ZSET  id by died at, ms\n-- KEYS[7] paused      HASH  queue -> pause\n-- KEYS[8..] ready, scheduled, wake, timer  one group a queue served\n-- ARGV[1] worker id, then the names of the queues\n-- RETURNS \"LOST\" (somebody else settles what it held: done), or: now ms, the ids given back\n-- ATOMICITY one script from registration to registration gone: no processing set is left behind; history, destination, source\nlocal workers, processing, worker, jobs, history, dead, paused = unpack(KEYS, 1, 7)\nif not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))\nlocal group = {}\nfor queue = 1, #ARGV - 1 do group[ARGV[queue + 1]] = 4 * queue + 4 end\n\nlocal ids = redis.call('ZREVRANGE', processing, 0, -1)\nfor _, id in ipairs(ids) do\n  local kept, interruptions, rest = string.match(redis.call('HGET', history, id) or '', '^1 %d+ (%S+ %d+ %d+) (%d+)(.*)$')\n  local past = kept and string.format('%s %.0f%s', kept, interruptions + 1, rest) or '- 0 0 1 0\\n[]'\n  local record = redis.call('HGET', jobs, id)\n  local home = group[string.match(record or '', '^%d+ %d+ (%S+) ')]\n  if home then\n    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)\n    redis.call('RPUSH', KEYS[home], id)\n  else\n    local reason = record and 'malformed-record' or 'record-missing'\n    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. string.gsub(past, '^%S+', reason, 1))\n    redis.call('ZADD', dead, nowText, id)\n  end\n  redis.call('ZREM', processing, id)\nend\nredis.call('ZREM', workers, ARGV[1])\nredis.call('DEL', worker)\n\nfor queue = 1, #ARGV - 1 do\n  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue + 4, 4 * queue + 7)\n  local isPaused = redis.call('HEXISTS', paused, ARGV[queue + 1]) == 1\n  if not isPaused and redis.call('LLEN', ready) > 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\n  if redis.call('ZCARD', scheduled) > 0 and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end\nend\nreturn { nowText, ids }\n",
	"list-dead": "#!lua flags=no-writes\n-- list-dead: no move\n-- A page of the dead letter queue, oldest first, after the entry (died at, id): found again by bisection, so that a page\n-- is right also when that entry is gone by now.\n--\n-- KEYS[1] dead     ZSET  id by died at, ms\n-- KEYS[2] jobs     HASH  id -> record\n-- KEYS[3] history  HASH  id -> history\n-- ARGV[1] limit    how many, <= 500\n-- ARGV[2] died at  of the last entry seen, ms; -inf: from the start\n-- ARGV[3] id       of the last entry seen\n-- RETURNS one row an entry: {id, died at, first line of the record or false, history or false}\n-- ATOMICITY one look; writes nothing\nlocal dead, jobs, history = KEYS[1], KEYS[2], KEYS[3]\nlocal limit, died_at, last = tonumber(ARGV[1]), ARGV[2], ARGV[3]\n\nlocal function is_after(one, other)\n  for index = 1, math.min(#one, #other) do\n    local a, b = string.byte(one, index), string.byte(other, index)\n    if a ~= b then return a > b end\n  end\n  return #one > #other\nend\n\nlocal low = redis.call('ZCOUNT', dead, '-inf', '(' .. died_at)\nlocal high = redis.call('ZCOUNT', dead, '-inf', died_at)\nwhile low < high do\n  local middle = math.floor((low + high) / 2)\n  if is_after(redis.call('ZRANGE', dead, middle, middle)[1], last) then high = middle else low = middle + 1 end\nend\n\nlocal found = redis.call('ZRANGE', dead, low, low + limit - 1, 'WITHSCORES')\nlocal rows = {}\nfor index = 1, #found, 2 do\n  local id = found[index]\n  local record = redis.call('HGET', jobs, id)\n  local line = record and string.match(string.sub(record, 1, 512), '^[^\\n]*')\n  rows[#rows + 1] = { id, found[index + 1], line, redis.call('HGET', history, id) }\nend\nreturn rows\n",
	"locate-job": "#!lua flags=no-writes\n-- locate-job: no move\n-- What find-job must know before it can name its keys: the queue in the record, and the workers that may hold the job.\n--\n-- KEYS[1] jobs     HASH  id -> record\n-- KEYS[2] workers  ZSET  worker id by lease deadline, ms\n-- KEYS[3] revoked  ZSET  worker id by revoked at, ms\n-- ARGV[1] id\n-- RETURNS {first line of the record or false, worker ids, revoked worker ids}\n-- ATOMICITY one look; writes nothing\nlocal jobs, workers, revoked = KEYS[1], KEYS[2], KEYS[3]\nlocal id = ARGV[1]\n\nlocal record = redis.call('HGET', jobs, id)\nreturn {\n  record and string.match(string.sub(record, 1, 512), '^[^\\n]*'),\n  redis.call('ZRANGE', workers, 0, -1),\n  redis.call('ZRANGE', revoked, 0, -1),\n}\n",
	overview: "#!lua flags=no-writes\n-- overview: no move\n-- Counts of one partition, and of each queue what its oldest due job tells. A fixed number of commands a queue.\n--\n-- KEYS[1] jobs       HASH  id -> record\n-- KEYS[2] history    HASH  id -> history\n-- KEYS[3] completed  LIST\n-- KEYS[4] dead       ZSET  id by died at, ms\n-- KEYS[5] workers    ZSET  worker id by lease deadline, ms\n-- KEYS[6] revoked    ZSET  worker id by revoked at, ms\n-- KEYS[7] paused     HASH  queue -> why\n-- KEYS[8..] ready, scheduled  LIST, ZSET  one pair a queue\n-- RETURNS {now ms, completed, dead, oldest died at, paused, workers, revoked, rows}; paused as field, value; workers and\n--   revoked as member, score; a row a queue: {ready, scheduled, overdue, first due at, header, history head} of the next job\n-- ATOMICITY one look; writes nothing\nlocal jobs, history, completed, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]\nlocal workers, revoked, paused = KEYS[5], KEYS[6], KEYS[7]\n\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\n\nlocal function first_line(text)\n  return text and string.match(string.sub(text, 1, 512), '^[^\\n]*')\nend\n\nlocal rows = {}\nfor index = 8, #KEYS, 2 do\n  local ready, scheduled = KEYS[index], KEYS[index + 1]\n  local id = redis.call('LINDEX', ready, -1)\n  rows[#rows + 1] = {\n    redis.call('LLEN', ready),\n    redis.call('ZCARD', scheduled),\n    redis.call('ZCOUNT', scheduled, '-inf', now),\n    redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')[2] or false,\n    id and first_line(redis.call('HGET', jobs, id)) or false,\n    id and first_line(redis.call('HGET', history, id)) or false,\n  }\nend\n\nreturn {\n  now,\n  redis.call('LLEN', completed),\n  redis.call('ZCARD', dead),\n  redis.call('ZRANGE', dead, 0, 0, 'WITHSCORES')[2] or false,\n  redis.call('HGETALL', paused),\n  redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES'),\n  redis.call('ZRANGE', revoked, 0, -1, 'WITHSCORES'),\n  rows,\n}\n",
	pause: "#!lua flags=allow-oom\n-- pause: no move\n-- Stops claims from one queue. A second pause replaces the first one.\n--\n-- KEYS[1] paused  HASH  queue -> why\n-- ARGV[1] queue\n-- ARGV[2] why     JSON text with reason, by and until\n-- RETURNS paused | replaced\n-- ATOMICITY one write\nlocal paused = KEYS[1]\nlocal queue, why = ARGV[1], ARGV[2]\n\nif redis.call('HSET', paused, queue, why) == 1 then return 'paused' end\nreturn 'replaced'\n",
	peek: "#!lua flags=no-writes\n-- peek: no move\n-- The first jobs of one container, with the start of their records. Reads no more ids than asked.\n--\n-- KEYS[1] place    LIST or ZSET\n-- KEYS[2] jobs     HASH  id -> record\n-- KEYS[3] history  HASH  id -> history\n-- KEYS[4] outcome  HASH  id -> outcome\n-- ARGV[1] from     right | left (of a list), lowest | highest (of a sorted set)\n-- ARGV[2] count    how many ids, <= 500\n-- ARGV[3] cut      bytes of a record that are shown\n-- RETURNS one row an id: {id, score, record, record bytes, history, outcome}; score is false in a list\n-- ATOMICITY one look; writes nothing\nlocal place, jobs, history, outcome = KEYS[1], KEYS[2], KEYS[3], KEYS[4]\nlocal from, count, cut = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])\n\nlocal ids, scores = {}, {}\nlocal function take(pairs_found)\n  for index = 1, #pairs_found, 2 do\n    ids[#ids + 1], scores[#scores + 1] = pairs_found[index], pairs_found[index + 1]\n  end\nend\n\nif from == 'left' then\n  ids = redis.call('LRANGE', place, 0, count - 1)\nelseif from == 'right' then\n  local tail = redis.call('LRANGE', place, -count, -1)\n  for index = #tail, 1, -1 do\n    ids[#ids + 1] = tail[index]\n  end\nelseif from == 'lowest' then\n  take(redis.call('ZRANGE', place, 0, count - 1, 'WITHSCORES'))\nelse\n  take(redis.call('ZRANGE', place, 0, count - 1, 'REV', 'WITHSCORES'))\nend\n\nlocal rows = {}\nfor index, id in ipairs(ids) do\n  local record = redis.call('HGET', jobs, id)\n  rows[index] = {\n    id,\n    scores[index] or false,\n    record and string.sub(record, 1, cut),\n    record and #record or 0,\n    redis.call('HGET', history, id),\n    redis.call('HGET', outcome, id),\n  }\nend\nreturn rows\n",
	probe: "#!lua\n-- probe: no move\n-- Asks whether Redis would take an enqueue: a script without flags is refused in the same words as one that writes\n-- (OOM, READONLY, MISCONF, NOREPLICAS). It writes nothing.\n--\n-- KEYS[1] control  HASH\n-- RETURNS writable\n-- ATOMICITY writes nothing\nreturn 'writable'\n",
	"purge-dead": "#!lua flags=allow-oom\n-- purge-dead: dead -> gone\n-- Forgets dead jobs: record, history, and last their place. Unique keys live on for their window (rule 17).\n--\n-- KEYS[1] dead     ZSET  id by died at, ms\n-- KEYS[2] jobs     HASH  id -> record\n-- KEYS[3] history  HASH  id -> history\n-- ARGV[1..] id, died at  one pair a job, <= 500\n-- RETURNS one word a job: purged | gone (not dead, or dead again since)\n-- ATOMICITY each job is checked before it is written; a refused one changes nothing\nlocal dead, jobs, history = KEYS[1], KEYS[2], KEYS[3]\n\nlocal words = {}\nfor index = 1, #ARGV, 2 do\n  local id, died_at = ARGV[index], ARGV[index + 1]\n  local score = redis.call('ZSCORE', dead, id)\n  if score and tonumber(score) == tonumber(died_at) then\n    redis.call('HDEL', jobs, id)\n    redis.call('HDEL', history, id)\n    redis.call('ZREM', dead, id)\n    words[#words + 1] = 'purged'\n  else\n    words[#words + 1] = 'gone'\n  end\nend\nreturn words\n",
	"read-claims": "#!lua flags=allow-oom\n-- read-claims: no move\n-- Reads what a revoked worker held, so that the reaper can decide where each job goes.\n--\n-- KEYS[1] processing  ZSET  job id by claim number\n-- KEYS[2] jobs        HASH  id -> record\n-- KEYS[3] history     HASH  id -> history\n-- ARGV[1] most jobs read\n-- RETURNS id, claim number, first line of the record or \"\", history or \"\"  one row a job, oldest claim first\n-- ATOMICITY reads only\nlocal reply = {}\nlocal held = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1, 'WITHSCORES')\nfor at = 1, #held, 2 do\n  local id = held[at]\n  reply[#reply + 1] = id\n  reply[#reply + 1] = string.format('%.0f', tonumber(held[at + 1]))\n  reply[#reply + 1] = string.match(redis.call('HGET', KEYS[2], id) or '', '^[^\\n]*')\n  reply[#reply + 1] = redis.call('HGET', KEYS[3], id) or ''\nend\nreturn reply\n",
	"read-headers": "#!lua flags=no-writes\n-- read-headers: no move\n-- What requeue-dead must know before it can name its keys.\n--\n-- KEYS[1] jobs  HASH  id -> record\n-- ARGV[1..] id  <= 500\n-- RETURNS one entry an id: the first line of its record, or false\n-- ATOMICITY one look; writes nothing\nlocal jobs = KEYS[1]\n\nlocal lines = {}\nfor index, id in ipairs(ARGV) do\n  local record = redis.call('HGET', jobs, id)\n  lines[index] = record and string.match(string.sub(record, 1, 512), '^[^\\n]*')\nend\nreturn lines\n",
	"read-pauses": "#!lua flags=no-writes\n-- read-pauses: no move\n-- The paused queues of a partition, and the time that decides when a timed pause is over.\n--\n-- KEYS[1] paused  HASH  queue -> why\n-- RETURNS {now ms, paused as field, value}\n-- ATOMICITY one look; writes nothing\nlocal paused = KEYS[1]\n\nlocal time = redis.call('TIME')\nreturn { time[1] * 1000 + math.floor(time[2] / 1000), redis.call('HGETALL', paused) }\n",
	"read-workers": "#!lua flags=no-writes\n-- read-workers: no move\n-- What some workers say of themselves, and how much they hold. Who left meanwhile has no host.\n--\n-- KEYS[1..] worker, processing  HASH, ZSET  one pair a worker\n-- RETURNS one row a worker: {host, pid, version, queues, slots, started at, held jobs, oldest claim number}\n-- ATOMICITY one look; writes nothing\nlocal rows = {}\nfor index = 1, #KEYS, 2 do\n  local worker, processing = KEYS[index], KEYS[index + 1]\n  local row = redis.call('HMGET', worker, 'host', 'pid', 'version', 'queues', 'slots', 'startedAtMs')\n  row[7] = redis.call('ZCARD', processing)\n  row[8] = redis.call('ZRANGE', processing, 0, 0, 'WITHSCORES')[2] or false\n  rows[#rows + 1] = row\nend\nreturn rows\n",
	reap: "#!lua flags=allow-oom\n-- reap: processing -> ready, processing -> scheduled, processing -> dead\n-- Takes jobs from a revoked worker, one by one; when it holds nothing more, the worker is forgotten.\n--\n-- KEYS[1] revoked     ZSET  worker ids whose jobs are being taken back\n-- KEYS[2] processing  ZSET  job id by claim number: what that worker holds\n-- KEYS[3] worker      HASH  what that worker said of itself\n-- KEYS[4] history     HASH  id -> history\n-- KEYS[5] dead        ZSET  id by died at, ms\n-- KEYS[6] paused      HASH  queue -> pause\n-- KEYS[7..] ready, scheduled, wake, timer  one group a queue of these jobs\n-- ARGV[1] worker id\n-- ARGV[2] number of queues, then their names\n-- ARGV[..] id, claim number, verb (front, retry, bury), queue index or 0, delay ms, history tail  one row a job\n-- RETURNS now ms, jobs still held, rows not moved because another reaper was faster (counted from 1)\n-- ATOMICITY each claim number is checked before its job is written; history, destination, source; a job that cannot be\n--           moved goes to the dead set and stops no other\nlocal revoked, processing, worker, history, dead, paused = unpack(KEYS, 1, 6)\nlocal workerId, queues = ARGV[1], tonumber(ARGV[2])\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal nowText = string.format('%.0f', now)\n\nlocal function token(list)\n  if redis.call('LLEN', list) == 0 then redis.call('LPUSH', list, 1) end\nend\n\nlocal function move(id, verb, queue, delay)\n  if verb == 'bury' then return redis.call('ZADD', dead, nowText, id) end\n  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue + 3, 4 * queue + 6)\n  if verb == 'front' then\n    redis.call('RPUSH', ready, id)\n    if redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0 then token(wake) end\n  else\n    redis.call('ZADD', scheduled, string.format('%.0f', now + delay), id)\n    token(timer)\n  end\nend\n\nlocal gone, row = {}, 0\nfor at = 3 + queues, #ARGV, 6 do\n  local id, number, verb, queue, delay, past = unpack(ARGV, at, at + 5)\n  local held = redis.call('ZSCORE', revoked, workerId) and redis.call('ZSCORE', processing, id)\n  row = row + 1\n  if not held or tonumber(held) ~= tonumber(number) then\n    gone[#gone + 1] = row\n  else\n    redis.call('HSET', history, id, string.format('1 %.0f %s', now + tonumber(delay), past))\n    if not pcall(move, id, verb, tonumber(queue), tonumber(delay)) then redis.call('ZADD', dead, nowText, id) end\n    redis.call('ZREM', processing, id)\n  end\nend\n\nlocal left = redis.call('ZCARD', processing)\nif left == 0 then\n  redis.call('ZREM', revoked, workerId)\n  redis.call('DEL', worker)\nend\nreturn { nowText, left, gone }\n",
	register: "#!lua flags=allow-oom\n-- register: no move\n-- Makes a fresh worker id known. Never renews one: an id that is known, or being revoked, is refused.\n--\n-- KEYS[1] workers  ZSET  worker id by lease deadline\n-- KEYS[2] revoked  ZSET  worker ids whose jobs are being taken back\n-- KEYS[3] worker   HASH  what the caller says of itself\n-- ARGV[1] worker id\n-- ARGV[2] lease, ms\n-- ARGV[3..] field, value  what the caller says of itself\n-- RETURNS \"TAKEN\", or: now ms\n-- ATOMICITY both checks come before the first write\nif redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('ZSCORE', KEYS[2], ARGV[1]) then return { 'TAKEN' } end\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nredis.call('HSET', KEYS[3], 'startedAtMs', string.format('%.0f', now), unpack(ARGV, 3))\nredis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])\nreturn { string.format('%.0f', now) }\n",
	release: "#!lua flags=allow-oom\n-- release: processing -> ready\n-- Hands jobs back, unharmed, to the front of the queues they came from; counts one interruption each.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- KEYS[3] history     HASH  id -> history\n-- KEYS[4] paused      HASH  queue -> pause\n-- KEYS[5..] ready, wake  one pair a queue served\n-- ARGV[1] worker id\n-- ARGV[2] number of queues, then their names\n-- ARGV[..] id, claim number, queue index  one row a job\n-- RETURNS \"LOST\", or: now ms, rows not held (counted from 1)\n-- ATOMICITY each claim number is checked before its job is written; history, destination, source\nlocal workers, processing, history, paused = unpack(KEYS, 1, 4)\nlocal queues = tonumber(ARGV[2])\nif not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))\n\nlocal gone, row = {}, 0\nfor at = 3 + queues, #ARGV, 3 do\n  local id, number, queue = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])\n  local held = redis.call('ZSCORE', processing, id)\n  row = row + 1\n  if not held or tonumber(held) ~= tonumber(number) then\n    gone[#gone + 1] = row\n  else\n    local kept, interruptions, rest = string.match(redis.call('HGET', history, id) or '', '^1 %d+ (%S+ %d+ %d+) (%d+)(.*)$')\n    local past = kept and string.format('%s %.0f%s', kept, interruptions + 1, rest) or '- 0 0 1 0\\n[]'\n    local ready, wake = KEYS[3 + 2 * queue], KEYS[4 + 2 * queue]\n    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)\n    redis.call('RPUSH', ready, id)\n    redis.call('ZREM', processing, id)\n    if redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\n  end\nend\nreturn { nowText, gone }\n",
	"requeue-dead": "#!lua flags=allow-oom\n-- requeue-dead: dead -> ready\n-- Sends dead jobs to the back of the queues they came from: attempts and crashes reset, trail kept (rule 17).\n--\n-- KEYS[1] dead     ZSET  id by died at, ms\n-- KEYS[2] jobs     HASH  id -> record\n-- KEYS[3] history  HASH  id -> history\n-- KEYS[4] paused   HASH  queue -> why\n-- KEYS[5..] ready, wake  LIST, LIST  one pair a queue, in the order of ARGV[2..]\n-- ARGV[1] queues   how many queues\n-- ARGV[2..] queue  as many; then queue index or 0 (no known queue), id, died at: three a job, <= 500 jobs\n-- RETURNS one word a job: requeued | gone (not dead, or dead again since) | unreadable (its record does not name that queue)\n-- ATOMICITY each job is checked before it is written; a refused one changes nothing\nlocal dead, jobs, history, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4]\nlocal queues = tonumber(ARGV[1])\n\nlocal time = redis.call('TIME')\nlocal now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))\n\nlocal function fresh_history(text)\n  local rest, trail = string.match(text or '', '^1 %d+ %S+ %d+ %d+ (%d+ %d+)\\n(.*)$')\n  return '1 ' .. now .. ' - 0 0 ' .. (rest or '0 0') .. '\\n' .. (trail or '[]')\nend\n\nlocal function requeue(queue, id, died_at)\n  local score = redis.call('ZSCORE', dead, id)\n  if not score or tonumber(score) ~= tonumber(died_at) then return 'gone' end\n  local record = redis.call('HGET', jobs, id)\n  local home = record and string.match(string.sub(record, 1, 512), '^%d+ %d+ (%S+) %S+\\n')\n  if queue == 0 or home ~= ARGV[1 + queue] then return 'unreadable' end\n  redis.call('LPUSH', KEYS[3 + 2 * queue], id)\n  redis.call('HSET', history, id, fresh_history(redis.call('HGET', history, id)))\n  redis.call('ZREM', dead, id)\n  return 'requeued'\nend\n\nlocal words = {}\nfor index = 2 + queues, #ARGV, 3 do\n  words[#words + 1] = requeue(tonumber(ARGV[index]), ARGV[index + 1], ARGV[index + 2])\nend\n\nfor queue = 1, queues do\n  local ready, wake = KEYS[3 + 2 * queue], KEYS[4 + 2 * queue]\n  local waiting = redis.call('LLEN', ready) > 0 and redis.call('HEXISTS', paused, ARGV[1 + queue]) == 0\n  if waiting and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\nend\nreturn words\n",
	resume: "#!lua flags=allow-oom\n-- resume: no move\n-- Allows claims from one queue again and wakes a worker for what waits there (docs/architecture.md, rules 23 and 26).\n--\n-- KEYS[1] paused     HASH  queue -> why\n-- KEYS[2] ready      LIST\n-- KEYS[3] scheduled  ZSET  id by due time, ms\n-- KEYS[4] wake       LIST  at most one token\n-- KEYS[5] timer      LIST  at most one token\n-- ARGV[1] queue\n-- ARGV[2] seen       the pause this is about, its stored text; empty: whatever is there\n-- RETURNS resumed | not-paused | changed (by now it is another pause: it stays)\n-- ATOMICITY checks first; the tokens are there before the pause goes\nlocal paused, ready, scheduled, wake, timer = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]\nlocal queue, seen = ARGV[1], ARGV[2]\n\nlocal why = redis.call('HGET', paused, queue)\nif not why then return 'not-paused' end\nif seen ~= '' and seen ~= why then return 'changed' end\n\nif redis.call('LLEN', ready) > 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end\nif redis.call('ZCARD', scheduled) > 0 and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end\nredis.call('HDEL', paused, queue)\nreturn 'resumed'\n",
	retain: "#!lua flags=allow-oom\n-- retain: completed -> gone\n-- Forgets completed jobs that are older than they are kept for.\n--\n-- KEYS[1] completed  LIST  ids, oldest right\n-- KEYS[2] outcome    HASH  id -> outcome\n-- KEYS[3] jobs       HASH  id -> record\n-- KEYS[4] history    HASH  id -> history\n-- ARGV[1] kept for, ms\n-- ARGV[2] most jobs looked at\n-- RETURNS jobs forgotten\n-- ATOMICITY record, outcome and history go first, the place last: a job without a place is never left\nlocal time = redis.call('TIME')\nlocal oldest = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])\nlocal ids, old = redis.call('LRANGE', KEYS[1], -tonumber(ARGV[2]), -1), {}\nfor index = #ids, 1, -1 do\n  local finished = tonumber(string.match(redis.call('HGET', KEYS[2], ids[index]) or '', '^%d+') or 0)\n  if finished > oldest then break end\n  old[#old + 1] = ids[index]\nend\nif #old == 0 then return 0 end\nredis.call('HDEL', KEYS[3], unpack(old))\nredis.call('HDEL', KEYS[2], unpack(old))\nredis.call('HDEL', KEYS[4], unpack(old))\nredis.call('RPOP', KEYS[1], #old)\nreturn #old\n",
	sweep: "#!lua flags=allow-oom\n-- sweep: no move\n-- First write of a reap: revokes every worker whose lease is over, so that from here on each of its calls is LOST.\n-- A sweep that comes late grants an amnesty: an outage must not cost a worker that renews its lease.\n--\n-- KEYS[1] workers  ZSET  worker id by lease deadline\n-- KEYS[2] revoked  ZSET  worker id by revoked at: its jobs are being taken back\n-- KEYS[3] control  HASH  last sweep, amnesty\n-- ARGV[1] lease, ms\n-- ARGV[2] most workers revoked, and most named, by one call\n-- RETURNS now ms, amnesty until ms (0: none begins now), newly revoked, all revoked (two lists, oldest first)\n-- ATOMICITY revoked before removed from the workers; the sweep time is written with the amnesty it decides\nlocal workers, revoked, control = KEYS[1], KEYS[2], KEYS[3]\nlocal lease, most = tonumber(ARGV[1]), tonumber(ARGV[2])\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + math.floor(time[2] / 1000)\nlocal nowText = string.format('%.0f', now)\nlocal facts = redis.call('HMGET', control, 'sweep', 'amnesty')\nlocal last, amnesty, begins = tonumber(facts[1] or 0), tonumber(facts[2] or 0), '0'\n\nif now - last > lease / 2 or last > now then\n  amnesty = now + lease\n  begins = string.format('%.0f', amnesty)\n  for _, id in ipairs(redis.call('ZRANGE', workers, '(' .. begins, '+inf', 'BYSCORE')) do redis.call('ZADD', workers, begins, id) end\n  redis.call('HSET', control, 'amnesty', begins)\nend\nredis.call('HSET', control, 'sweep', nowText)\n\nlocal over = {}\nif now >= amnesty then\n  over = redis.call('ZRANGE', workers, '-inf', '(' .. nowText, 'BYSCORE', 'LIMIT', 0, most)\n  for _, id in ipairs(over) do\n    redis.call('ZADD', revoked, nowText, id)\n    redis.call('ZREM', workers, id)\n  end\nend\nreturn { nowText, begins, over, redis.call('ZRANGE', revoked, 0, most - 1) }\n",
	sync: "#!lua flags=allow-oom\n-- sync: no move\n-- Says what Redis holds for a worker that the worker does not know of: the claims of a call whose reply was lost.\n--\n-- KEYS[1] workers     ZSET  worker id by lease deadline\n-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds\n-- KEYS[3] jobs        HASH  id -> record\n-- KEYS[4] history     HASH  id -> history\n-- ARGV[1] worker id\n-- ARGV[2..] id, claim number  one pair a claim the caller knows\n-- RETURNS \"LOST\", or: now ms, id, claim number, record, history  one row a claim the caller does not know\n-- ATOMICITY reads only\nif not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'LOST' } end\nlocal time = redis.call('TIME')\nlocal reply, known = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }, {}\nfor at = 2, #ARGV, 2 do known[ARGV[at]] = tonumber(ARGV[at + 1]) end\nlocal held = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')\nfor at = 1, #held, 2 do\n  local id, number = held[at], tonumber(held[at + 1])\n  if known[id] ~= number then\n    reply[#reply + 1] = id\n    reply[#reply + 1] = string.format('%.0f', number)\n    reply[#reply + 1] = redis.call('HGET', KEYS[3], id) or ''\n    reply[#reply + 1] = redis.call('HGET', KEYS[4], id) or ''\n  end\nend\nreturn reply\n",
	"take-token": "#!lua\n-- take-token: no move\n-- Takes tokens from a bucket that every process shares. The bucket is a time (GCRA): when it would be full again.\n--\n-- KEYS[1] limit  HASH  full: ms with fraction\n-- ARGV[1] tokens a second\n-- ARGV[2] tokens the bucket holds\n-- ARGV[3] tokens wanted\n-- RETURNS tokens taken, ms until the next one\n-- ATOMICITY one read, one write\nlocal perToken, size, wanted = 1000 / tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\nlocal time = redis.call('TIME')\nlocal now = time[1] * 1000 + time[2] / 1000\nlocal full = math.max(tonumber(redis.call('HGET', KEYS[1], 'full') or 0), now)\nif full > now + size * perToken then full = now + size * perToken end\nlocal left = math.floor(size - (full - now) / perToken + 0.000001)\nlocal taken = math.min(wanted, left)\nfull = full + taken * perToken\nredis.call('HSET', KEYS[1], 'full', string.format('%.3f', full))\nredis.call('PEXPIRE', KEYS[1], math.ceil(size * perToken) + 60000)\nlocal wait = taken < wanted and math.max(1, math.ceil(full - now - (size - 1) * perToken)) or 0\nreturn { taken, wait }\n"
}).map(([name, lua]) => [name, load(name, lua)]));
function load(name, lua) {
	const header = parseScriptHeader(lua);
	if (header.name !== name) throw new Error(`script ${name}.lua calls itself "${header.name}"`);
	return {
		lua,
		sha1: createHash("sha1").update(lua).digest("hex"),
		header
	};
}
// libs/queue/src/redis/script-runner.ts
/** What this build writes. A newer number means keys that this build cannot read. */
const SCHEMA = 1;
let ScriptRunner = class ScriptRunner {
	connections;
	events;
	options;
	isAdmitted = false;
	constructor(connections, events, options) {
		this.connections = connections;
		this.events = events;
		this.options = options;
	}
	/**
	* @param deadlineMs - a reply after it is dropped; the call may be executed all the same.
	* @returns the reply as Redis gave it.
	* @throws {RedisRefusedError} Redis answered with an error; nothing was written.
	* @throws {RedisUnavailableError} `not-sent`, or `unknown`: it may have been executed, now or later.
	*/
	async run(name, keys, args, deadlineMs = this.options.redis.readTimeoutMs) {
		checkKeys(name, keys.length);
		if (!this.isAdmitted) await this.admit();
		return this.send(name, keys, args, deadlineMs);
	}
	/**
	* Fixes schema and partition count at the very first start, compares them at every other.
	*
	* @throws {PartitionMismatchError} this app must not touch the queue.
	* @throws {RedisUnavailableError} nothing is known yet; the next call tries again.
	*/
	async admit() {
		const { prefix, partitions, redis } = this.options;
		const mayCreate = redis.failFast ? "compare" : "create";
		for (let partition = 0; partition < partitions; partition++) {
			const args = [
				mayCreate,
				String(SCHEMA),
				String(partitions)
			];
			const [schema, stored] = await this.send("handshake", [new QueueKeys(prefix, partition).control], args, redis.readTimeoutMs);
			if (Number(stored) !== partitions) throw new PartitionMismatchError("partitions", Number(stored), partitions, prefix);
			if (Number(schema) > SCHEMA) throw new PartitionMismatchError("schema", Number(schema), SCHEMA, prefix);
		}
		this.isAdmitted = true;
	}
	async send(name, keys, args, deadlineMs) {
		const connection = await this.connections.acquire();
		const startedAt = performance.now();
		let answered = false;
		connection.inFlight++;
		try {
			const reply = await withDeadline(evaluate(connection, name, keys, args), deadlineMs);
			answered = true;
			return reply;
		} catch (error) {
			throw classifyFailure(error);
		} finally {
			connection.inFlight--;
			if (this.events.isHeard("script.ran")) this.events.emit("script.ran", {
				script: name,
				durationMs: performance.now() - startedAt,
				answered
			});
		}
	}
};
ScriptRunner = __decorate([
	Injectable(),
	__decorateParam(2, Inject(QUEUE_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		typeof RedisConnections === "undefined" ? Object : RedisConnections,
		typeof QueueEvents === "undefined" ? Object : QueueEvents,
		Object
	])
], ScriptRunner);
function checkKeys(name, given) {
	const { fixedKeys, hasMoreKeys } = SCRIPTS[name].header;
	if (given < fixedKeys || given > fixedKeys && !hasMoreKeys) throw new ScriptContractError(name, `${given} keys given, ${hasMoreKeys ? "at least " : ""}${fixedKeys} declared`);
}
async function evaluate({ client }, name, keys, args) {
	const { sha1, lua } = SCRIPTS[name];
	try {
		return await client.evalsha(sha1, keys.length, ...keys, ...args);
	} catch (error) {
		if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
		return client.eval(lua, keys.length, ...keys, ...args);
	}
}
/** Waits no longer than this for a reply. @throws {RedisUnavailableError} `unknown`, at the deadline. */
function withDeadline(call, deadlineMs) {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new RedisUnavailableError("unknown", `no reply within ${deadlineMs} ms`)), deadlineMs);
		call.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}
// libs/queue/src/errors/job-not-found.error.ts
/** No partition knows this id: it never existed, or it completed and was trimmed, or it was purged. */
var JobNotFoundError = class extends QueueError {
	jobId;
	constructor(jobId) {
		super("job-not-found", `job "${jobId}" is not in the queue (never stored, purged, or completed and trimmed since)`);
		this.jobId = jobId;
	}
};
// libs/queue/src/errors/invalid-payload.error.ts
/** The payload cannot be stored (too large, not JSON) or breaks the rules of its handler. */
var InvalidPayloadError = class extends QueueError {
	constructor(detail, options) {
		super("invalid-payload", `payload ${detail}`, options);
	}
};
const HEADER = /^(\d+) (\d+) (\S+) (\S+)$/;
/** A record that cannot be read. `unknown-version`: a newer build wrote it and a newer worker can run it. */
var RecordError = class extends Error {
	fault;
	name = "RecordError";
	constructor(fault, message) {
		super(message);
		this.fault = fault;
	}
};
/**
* Text of a record without its `<version> <createdAtMs> ` start, which the enqueue script writes from the Redis clock:
* `<queue> <kind>`, newline, one JSON text that no script decodes.
*
* @throws {InvalidPayloadError} the payload is not JSON (a cycle, a BigInt).
*/
function encodeRecordTail(queue, kind, payload, options) {
	const { headers, uniqueKey, maxRetries, timeoutMs, runAtMs, delayMs } = options;
	return `${queue} ${kind}\n${toJson({
		payload: payload ?? null,
		headers,
		uniqueKey,
		maxRetries,
		timeoutMs,
		runAtMs,
		delayMs
	})}`;
}
function toJson(body) {
	try {
		return JSON.stringify(body);
	} catch (error) {
		throw new InvalidPayloadError(`is not JSON: ${error.message}`, { cause: error });
	}
}
/** Reads the first line of a record; undefined when it is not one. */
function decodeHeader(record) {
	const end = record.indexOf("\n");
	const match = HEADER.exec(end < 0 ? record : record.slice(0, end));
	if (!match) return void 0;
	const [, version, createdAt, queue = "", kind = ""] = match;
	return {
		version: Number(version),
		createdAtMs: Number(createdAt),
		queue,
		kind
	};
}
/**
* Reads a stored record.
*
* @throws {RecordError} it is missing, malformed, or of a newer version.
*/
function decodeRecord(id, record) {
	if (!record) throw new RecordError("record-missing", `job "${id}" has no record`);
	const header = decodeHeader(record);
	if (!header) throw new RecordError("malformed-record", `job "${id}": the record's first line is unreadable`);
	if (header.version > 1) throw new RecordError("unknown-version", `job "${id}": record version ${header.version}, this build reads up to 1`);
	const { payload, headers = {}, runAtMs, delayMs = 0, ...rest } = decodeBody(id, record.slice(record.indexOf("\n") + 1));
	const { kind, queue, createdAtMs } = header;
	return {
		id,
		kind,
		queue,
		createdAtMs,
		dueAtMs: Math.max(createdAtMs, runAtMs ?? createdAtMs + delayMs),
		payload,
		headers,
		...rest
	};
}
function decodeBody(id, json) {
	let body;
	try {
		body = JSON.parse(json);
	} catch (error) {
		throw new RecordError("malformed-record", `job "${id}": the record's JSON is unreadable: ${error.message}`);
	}
	if (typeof body !== "object" || body === null || !("payload" in body)) throw new RecordError("malformed-record", `job "${id}": the record holds no payload`);
	return body;
}
// libs/queue/src/job/job-history.ts
const FORMAT$1 = /^1 (\d+) (\S+) (\d+) (\d+) (\d+) (\d+)\n/;
/** The history of a job that has none. */
const NO_HISTORY = {
	dueAtMs: 0,
	attempts: 0,
	crashes: 0,
	interruptions: 0,
	snoozes: 0,
	trail: []
};
/** Reads a stored history. An unreadable one is taken as none: a job is never lost for its past. */
function decodeHistory(text) {
	const match = text ? FORMAT$1.exec(text) : null;
	if (!text || !match) return NO_HISTORY;
	const [head, dueAt, reason, attempts, crashes, interruptions, snoozes] = match;
	return {
		dueAtMs: Number(dueAt),
		...reason === "-" ? {} : { reason },
		attempts: Number(attempts),
		crashes: Number(crashes),
		interruptions: Number(interruptions),
		snoozes: Number(snoozes),
		trail: readTrail(text.slice(head.length))
	};
}
function readTrail(json) {
	try {
		const value = JSON.parse(json);
		return Array.isArray(value) ? value : [];
	} catch {
		return [];
	}
}
// libs/queue/src/admin/dead-jobs.ts
/** Reads one row. */
function readDeadJob([id, diedAt, line, history], partition) {
	const { queue = null, kind = null, createdAtMs = null } = (line === null ? void 0 : decodeHeader(line)) ?? {};
	const { dueAtMs: _, trail, reason = null, ...counters } = decodeHistory(history);
	const last = trail.at(-1);
	return {
		id,
		diedAtMs: Number(diedAt),
		partition,
		queue,
		kind,
		createdAtMs,
		reason,
		lastFailure: last?.summary ?? null,
		fingerprint: last?.fingerprint ?? null,
		...counters
	};
}
/** Merges a page of each partition into one, and says where each partition goes on. */
function mergeDeadPages(pages, from, limit) {
	const all = pages.flat().sort((one, other) => one.diedAtMs - other.diedAtMs || one.partition - other.partition);
	const jobs = all.slice(0, limit);
	return {
		jobs,
		cursor: all.length <= limit && pages.every((page) => page.length < limit) ? null : encodeCursor(advance(from, jobs))
	};
}
function advance(from, jobs) {
	const position = [...from];
	for (const { partition, diedAtMs, id } of jobs) position[partition] = [String(diedAtMs), id];
	return position;
}
function encodeCursor(position) {
	return Buffer.from(JSON.stringify(position)).toString("base64url");
}
/**
* The position a cursor stands for; without a cursor, the start.
*
* @throws {QueueError} `invalid-options`: it is not a cursor of this queue.
*/
function decodeCursor(cursor, partitions) {
	if (cursor === void 0) return Array.from({ length: partitions }, () => null);
	try {
		const position = JSON.parse(Buffer.from(cursor, "base64url").toString());
		if (Array.isArray(position) && position.length === partitions && position.every(isPlace)) return position;
	} catch {}
	throw new QueueError("invalid-options", `cursor: found "${cursor}", expected one that a page of this queue gave`);
}
function isPlace(value) {
	return value === null || Array.isArray(value) && value.length === 2 && /^\d+(\.\d+)?$/.test(String(value[0])) && typeof value[1] === "string";
}
// libs/queue/src/admin/reply.ts
/** A flat reply `a, 1, b, 2` as pairs. */
function pairsOf(flat) {
	const pairs = [];
	for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""]);
	return pairs;
}
/** A list in slices of at most `size`. */
function slicesOf(list, size) {
	const slices = [];
	for (let at = 0; at < list.length; at += size) slices.push(list.slice(at, at + size));
	return slices;
}
/** The larger of two ages; null is none. */
function olderOf(one, other) {
	if (one === null || other === null) return one ?? other;
	return Math.max(one, other);
}
// libs/queue/src/admin/stored-outcome.ts
const FORMAT = /^(\d+) (\d+(?:\.\d+)?) (\S+)\n/;
/** Reads a stored outcome; null: there is none, or it is unreadable. */
function decodeOutcome(text) {
	const match = text === null ? null : FORMAT.exec(text);
	if (text === null || !match) return null;
	const [head, finishedAt, duration, workerId = ""] = match;
	return {
		finishedAtMs: Number(finishedAt),
		durationMs: Number(duration),
		workerId,
		result: readResult(text.slice(head.length))
	};
}
function readResult(json) {
	if (json === "") return null;
	try {
		return JSON.parse(json);
	} catch {
		return json;
	}
}
// libs/queue/src/admin/stored-record.ts
/**
* A record as it is stored. Its JSON is parsed when somebody asks, and never shows up when this is logged or serialised:
* a payload is seen only by who calls {@link read}.
*/
var StoredRecord = class {
	#id;
	#text;
	#isCut;
	/** Size of the whole record; 0: it is missing. */
	bytes;
	/** @param cutFrom - size of the whole record, when `text` is only its start. */
	constructor(id, text, cutFrom) {
		this.#id = id;
		this.#text = text;
		this.#isCut = cutFrom !== void 0;
		this.bytes = cutFrom ?? Buffer.byteLength(text ?? "");
	}
	/** Its first line; undefined: missing or unreadable. */
	get header() {
		return this.#text === null ? void 0 : decodeHeader(this.#text);
	}
	/** Payload, headers and options. Never throws. */
	read() {
		const text = this.#text ?? "";
		if (this.#isCut) return {
			isReadable: false,
			fault: "cut",
			text
		};
		try {
			return {
				isReadable: true,
				job: decodeRecord(this.#id, this.#text)
			};
		} catch (error) {
			if (!(error instanceof RecordError)) throw error;
			return {
				isReadable: false,
				fault: error.fault,
				text
			};
		}
	}
};
// libs/queue/src/admin/pause.ts
/** Reads a stored pause. Whatever the text says, the queue is paused; an unreadable one is shown as its own reason. */
function decodePause(text) {
	try {
		const { reason = "", by = "", untilMs = null } = JSON.parse(text);
		return {
			reason: String(reason),
			by: String(by),
			untilMs: typeof untilMs === "number" ? untilMs : null
		};
	} catch {
		return {
			reason: text,
			by: "",
			untilMs: null
		};
	}
}
// libs/queue/src/admin/overview-reply.ts
/** Reads the reply of one partition. `names` are the queues in the order of their keys. */
function readOverview(reply, names) {
	const [nowMs, completed, dead, oldestDiedAt, paused, workers, revoked, rows] = reply;
	const pauses = new Map(pairsOf(paused).map(([queue, text]) => [queue, decodePause(text)]));
	return {
		nowMs,
		completed,
		dead: {
			total: dead,
			oldestAgeMs: oldestDiedAt === null ? null : ageMs(nowMs, Number(oldestDiedAt))
		},
		queues: rows.map((row, index) => readQueue(row, names[index] ?? "", nowMs, pauses)),
		workers: [...pairsOf(workers).map(([workerId, deadline]) => ({
			workerId,
			leaseRemainingMs: Number(deadline) - nowMs,
			revoked: false
		})), ...pairsOf(revoked).map(([workerId]) => ({
			workerId,
			leaseRemainingMs: 0,
			revoked: true
		}))]
	};
}
/** All partitions together, queue by queue. A queue counts as paused when it is in any partition. */
function sumQueues(partitions) {
	const [first, ...others] = partitions.map(({ queues }) => queues);
	return others.reduce((sum, queues) => sum.map((queue, index) => addQueues(queue, queues[index])), [...first ?? []]);
}
/** Two counts as one. */
function addCounts(one, other) {
	return {
		total: one.total + other.total,
		oldestAgeMs: olderOf(one.oldestAgeMs, other.oldestAgeMs)
	};
}
function addQueues(one, other) {
	if (!other) return one;
	return {
		name: one.name,
		ready: one.ready + other.ready,
		scheduled: one.scheduled + other.scheduled,
		overdue: one.overdue + other.overdue,
		oldestDueAgeMs: olderOf(one.oldestDueAgeMs, other.oldestDueAgeMs),
		paused: one.paused ?? other.paused
	};
}
function readQueue(row, name, nowMs, pauses) {
	const [ready, scheduled, overdue, firstDueAt, header, history] = row;
	const sinceReady = header === null ? null : dueAtMs(header, history);
	const sinceScheduled = overdue === 0 || firstDueAt === null ? null : Number(firstDueAt);
	return {
		name,
		ready,
		scheduled,
		overdue,
		oldestDueAgeMs: olderOf(sinceReady === null ? null : ageMs(nowMs, sinceReady), sinceScheduled === null ? null : ageMs(nowMs, sinceScheduled)),
		paused: pauses.get(name) ?? null
	};
}
/** When a ready job was last made due, ms; null: its record is unreadable. */
function dueAtMs(header, history) {
	const facts = decodeHeader(header);
	if (!facts) return null;
	return Math.max(facts.createdAtMs, decodeHistory(`${history ?? ""}\n`).dueAtMs);
}
function ageMs(nowMs, sinceMs) {
	return Math.max(0, nowMs - sinceMs);
}
// libs/queue/src/admin/worker-rows.ts
/** Joins what is registered with what the worker says of itself; undefined: it left between the two looks. */
function readWorker(entry, row, partition, nowMs) {
	if (!row) return void 0;
	const [host, pid, version, queues, slots, startedAtMs, heldJobs, oldestClaim] = row;
	if (host === null && heldJobs === 0 && !entry.revoked) return void 0;
	return {
		...entry,
		partition,
		host: host ?? "",
		pid: Number(pid ?? 0),
		version: version ?? "",
		queues: queues ? queues.split(",") : [],
		slots: Number(slots ?? 0),
		startedAtMs: Number(startedAtMs ?? 0),
		heldJobs,
		oldestHeldAgeMs: oldestClaim === null ? null : Math.max(0, nowMs - claimedAtMs(oldestClaim))
	};
}
/** When a claim was made, ms, Redis clock: its number is the time in µs. */
function claimedAtMs(claimNumber) {
	return Math.floor(Number(claimNumber) / 1e3);
}
/** All jobs that workers hold. */
function countHeld(workers) {
	return workers.reduce((sum, { heldJobs, oldestHeldAgeMs }) => addCounts(sum, {
		total: heldJobs,
		oldestAgeMs: oldestHeldAgeMs
	}), {
		total: 0,
		oldestAgeMs: null
	});
}
// libs/queue/src/admin/job-details.ts
/** Reads the reply of `find-job`; undefined: this partition does not know the id. */
function readDetails(id, reply, { partition, places, revoked }) {
	const [state, text, history, outcome, score, where, failures] = reply;
	if (state === "absent") return void 0;
	const record = new StoredRecord(id, text);
	const place = places[where - 1] ?? null;
	const { dueAtMs: _, trail, reason = null, ...counters } = decodeHistory(history);
	return {
		id,
		partition,
		state,
		queue: record.header?.queue ?? (state === "scheduled" || state === "ready" ? place : null),
		kind: record.header?.kind ?? null,
		createdAtMs: record.header?.createdAtMs ?? null,
		record,
		...counters,
		trail: joinFailures(trail, failures),
		runAtMs: state === "scheduled" ? Number(score) : null,
		claim: state === "processing" && place ? {
			workerId: place,
			claimedAtMs: claimedAtMs(score ?? "0"),
			revoked: revoked.has(place)
		} : null,
		death: state === "dead" ? {
			diedAtMs: Number(score),
			reason
		} : null,
		outcome: decodeOutcome(outcome)
	};
}
function joinFailures(trail, failures) {
	const stored = new Map(pairsOf(failures));
	return trail.map((entry) => ({
		...entry,
		failure: decodeFailure(stored.get(entry.fingerprint ?? ""))
	}));
}
function decodeFailure(text) {
	const match = /^(\d+) (\d+) (\d+)\n([^]*)$/.exec(text ?? "");
	if (!match) return null;
	const [, count, firstSeenMs, lastSeenMs, json = ""] = match;
	const { errorClass = "", message = "", stack = "" } = parseFailure(json);
	return {
		errorClass,
		message,
		stack,
		count: Number(count),
		firstSeenMs: Number(firstSeenMs),
		lastSeenMs: Number(lastSeenMs)
	};
}
function parseFailure(json) {
	try {
		return JSON.parse(json);
	} catch {
		return { message: json };
	}
}
// libs/queue/src/admin/job-finder.ts
/** How often workers may come and go during one look-up. */
const MOST_LOOKS = 10;
/**
* Looks one id up in one partition, in two steps: who could hold it, then one atomic look at all of these places.
*
* @returns undefined: this partition does not know the id.
* @throws {RedisUnavailableError} workers came and went during every look.
*/
async function findInPartition(runner, keys, partition, names, id) {
	for (let look = 0; look < MOST_LOOKS; look++) {
		const located = await runner.run("locate-job", [
			keys.jobs,
			keys.workers,
			keys.revoked
		], [id]);
		const reply = await lookAt(runner, keys, id, located, queuesOf(located, names));
		if (reply === "again") continue;
		const queues = queuesOf(located, names).flatMap((queue) => [queue, queue]);
		const [, workers, revoked] = located;
		return readDetails(id, reply, {
			partition,
			places: [
				...queues,
				...workers,
				...revoked
			],
			revoked: new Set(revoked)
		});
	}
	throw new RedisUnavailableError("not-sent", `workers came and went during ${MOST_LOOKS} looks at job "${id}"`);
}
async function lookAt(runner, keys, id, [, workers, revoked], queues) {
	const holders = [...workers, ...revoked];
	const found = [
		...[
			keys.jobs,
			keys.history,
			keys.outcome,
			keys.dead,
			keys.workers,
			keys.revoked,
			keys.failures
		],
		...queues.flatMap((queue) => [keys.scheduled(queue), keys.ready(queue)]),
		...holders.map((workerId) => keys.processing(workerId))
	];
	return await runner.run("find-job", found, [
		id,
		String(queues.length),
		...holders
	]);
}
/** The configured queues, and the one in the record when that is another (the configuration changed since). */
function queuesOf([header], names) {
	const home = header === null ? void 0 : decodeHeader(header)?.queue;
	return home === void 0 || names.includes(home) ? [...names] : [...names, home];
}
// libs/queue/src/admin/partitions.ts
/** The keys of every partition, in order. */
function keysOfAll({ prefix, partitions }) {
	return Array.from({ length: partitions }, (_, partition) => new QueueKeys(prefix, partition));
}
/** @throws {QueueError} `invalid-options`: no such queue is configured. */
function checkQueue(queue, { names }) {
	if (!names.includes(queue)) throw new QueueError("invalid-options", `queue: found "${queue}", expected one of ${names.join(", ")}`);
}
// libs/queue/src/admin/peek.ts
/** Most bytes of a record that a peek reads. */
const PEEKED_RECORD_BYTES = 8192;
/** The container of a place, and the end of it that comes first. */
function placeOf(keys, place, queue) {
	switch (place) {
		case "ready": return {
			key: keys.ready(queue),
			from: "right"
		};
		case "scheduled": return {
			key: keys.scheduled(queue),
			from: "lowest"
		};
		case "dead": return {
			key: keys.dead,
			from: "highest"
		};
		case "completed": return {
			key: keys.completed,
			from: "left"
		};
	}
}
/** Reads one row. */
function readPeeked(row, partition, state) {
	const [id, score, text, bytes, history, outcomeText] = row;
	const record = new StoredRecord(id, text, bytes > 8192 ? bytes : void 0);
	const { dueAtMs, trail: _, reason = null, ...counters } = decodeHistory(history);
	const { queue = null, kind = null, createdAtMs = null } = record.header ?? {};
	const outcome = decodeOutcome(outcomeText);
	return {
		id,
		partition,
		state,
		queue,
		kind,
		createdAtMs,
		atMs: score === null ? outcome?.finishedAtMs ?? Math.max(createdAtMs ?? 0, dueAtMs) : Number(score),
		reason,
		outcome,
		record,
		...counters
	};
}
/**
* Merges what the partitions have, each in its own order, into one list: earliest first, latest first for what is over
* (dead, completed).
*/
function mergePeeked(lists, place, count) {
	const sign = place === "ready" || place === "scheduled" ? 1 : -1;
	const left = lists.map((list) => [...list]);
	const merged = [];
	while (merged.length < count) {
		const heads = left.filter((list) => list.length > 0);
		if (heads.length === 0) break;
		const next = heads.reduce((best, list) => sign * (headOf(list) - headOf(best)) < 0 ? list : best);
		merged.push(...next.splice(0, 1));
	}
	return merged;
}
/** @throws {QueueError} `invalid-options`: more than one call may read, or nothing. */
function checkCount(count, limit) {
	if (Number.isInteger(count) && count >= 1 && count <= limit) return;
	throw new QueueError("invalid-options", `count: found ${count}, expected a whole number from 1 to ${limit}`);
}
function headOf(list) {
	return list[0]?.atMs ?? 0;
}
// libs/queue/src/admin/probe.ts
/** The answer of a healthy Redis. */
const WRITABLE = {
	reachable: true,
	writable: true,
	detail: "Redis answers and takes writes"
};
const REFUSALS = {
	OOM: "Redis is out of memory: let workers drain the queue, or raise maxmemory",
	READONLY: "Redis is a read-only replica: connect to the master",
	MISCONF: "Redis cannot write to its disk: free space, then look at its log",
	NOREPLICAS: "Redis has fewer replicas than min-replicas-to-write asks for",
	LOADING: "Redis is loading its data",
	MASTERDOWN: "Redis is a replica without its master",
	BUSY: "Redis is busy with a long script",
	NOAUTH: "Redis asks for a password",
	WRONGPASS: "Redis refuses user or password",
	NOPERM: "Redis does not allow this user to run scripts on the keys of this queue"
};
/** What a failed probe means. @throws the error itself, when it says nothing about Redis. */
function explainProbeFailure(error) {
	if (error instanceof RedisRefusedError) return {
		reachable: true,
		writable: false,
		detail: REFUSALS[error.word] ?? `Redis refuses scripts (${error.word})`
	};
	if (error instanceof RedisUnavailableError) return {
		reachable: false,
		writable: false,
		detail: error.fate === "not-sent" ? "no connection to Redis is up" : "Redis did not answer in time"
	};
	throw error;
}
// libs/queue/src/admin/redis-facts.ts
/** Reads the sections `server` and `memory` of INFO. */
function readRedisFacts(info) {
	const fields = new Map(info.split(/\r?\n/).map((line) => split(line)));
	return {
		version: fields.get("valkey_version") ?? fields.get("redis_version") ?? "",
		usedMemoryBytes: Number(fields.get("used_memory") ?? 0),
		maxMemoryBytes: Number(fields.get("maxmemory") ?? 0),
		evictionPolicy: fields.get("maxmemory_policy") ?? ""
	};
}
function split(line) {
	const colon = line.indexOf(":");
	return [line.slice(0, colon), line.slice(colon + 1)];
}
// libs/queue/src/admin/inspect.service.ts
/** Workers one script call looks at. */
const WORKERS_A_STEP = 200;
let InspectService = class InspectService {
	runner;
	connections;
	options;
	partitions;
	constructor(runner, connections, options) {
		this.runner = runner;
		this.connections = connections;
		this.options = options;
		this.partitions = keysOfAll(options);
	}
	/** Counts, ages, pauses, workers and memory: one atomic look per partition, then one at its workers. */
	async overview() {
		const parts = await this.eachPartition((keys) => this.overviewOf(keys));
		const workers = (await this.eachPartition((keys, partition) => this.workersOf(keys, partition, parts[partition]))).flat();
		const { prefix, partitions, redis } = this.options;
		return {
			nowMs: Math.max(...parts.map(({ nowMs }) => nowMs)),
			partitions,
			prefix,
			address: describeAddress(redis.addr, redis.db),
			queues: sumQueues(parts),
			processing: countHeld(workers),
			dead: parts.map(({ dead }) => dead).reduce(addCounts),
			completed: { total: parts.reduce((sum, { completed }) => sum + completed, 0) },
			workers,
			redis: await this.redisFacts()
		};
	}
	/**
	* The first jobs of a place: next to run first; of dead and completed ones the latest first. Across partitions jobs
	* are merged by time; each partition reads at most `count` ids.
	*
	* @throws {QueueError} `invalid-options`: no such queue, or `count` is not within 1 to 500.
	*/
	async peek({ place, queue, count }) {
		checkCount(count, 500);
		if (queue !== void 0) checkQueue(queue, this.options);
		const queues = !(place === "ready" || place === "scheduled") ? [""] : queue === void 0 ? this.options.names : [queue];
		const found = [];
		for (const name of queues) if (found.length < count) found.push(...await this.peekInto({
			place,
			queue: name,
			count: count - found.length
		}));
		return found;
	}
	/**
	* Everything stored of one job. Its state is found by elimination: outcome, dead, scheduled, held by a worker, else ready.
	*
	* @throws {JobNotFoundError} no partition knows the id.
	*/
	async findJob(id) {
		const job = (await this.eachPartition((keys, partition) => findInPartition(this.runner, keys, partition, this.options.names, id))).find((details) => details !== void 0);
		if (!job) throw new JobNotFoundError(id);
		return job;
	}
	/**
	* A page of the dead letter queue, oldest first, without payloads. What dies while one reads comes last; nothing is
	* shown twice, also when entries of earlier pages were requeued or purged.
	*
	* @throws {QueueError} `invalid-options`: a strange cursor, or `limit` is not within 1 to 500.
	*/
	async listDead({ limit = 100, cursor } = {}) {
		checkCount(limit, 500);
		const from = decodeCursor(cursor, this.partitions.length);
		return mergeDeadPages(await this.eachPartition(async ({ dead, jobs, history }, partition) => {
			const [diedAt, id] = from[partition] ?? ["-inf", ""];
			return (await this.runner.run("list-dead", [
				dead,
				jobs,
				history
			], [
				String(limit),
				diedAt,
				id
			])).map((row) => readDeadJob(row, partition));
		}), from, limit);
	}
	/** Whether Redis answers and would take an enqueue. Never throws for the state of Redis. */
	async probe() {
		try {
			await this.eachPartition(({ control }) => this.runner.run("probe", [control], []));
			return WRITABLE;
		} catch (error) {
			return explainProbeFailure(error);
		}
	}
	eachPartition(ask) {
		return Promise.all(this.partitions.map(ask));
	}
	async overviewOf(keys) {
		const { jobs, history, completed, dead, workers, revoked, paused } = keys;
		const { names } = this.options;
		const queues = names.flatMap((name) => [keys.ready(name), keys.scheduled(name)]);
		return readOverview(await this.runner.run("overview", [
			jobs,
			history,
			completed,
			dead,
			workers,
			revoked,
			paused,
			...queues
		], []), names);
	}
	async workersOf(keys, partition, seen) {
		const { workers = [], nowMs = 0 } = seen ?? {};
		const found = [];
		for (const step of slicesOf(workers, WORKERS_A_STEP)) {
			const pairs = step.flatMap(({ workerId }) => [keys.worker(workerId), keys.processing(workerId)]);
			const rows = await this.runner.run("read-workers", pairs, []);
			found.push(...step.flatMap((entry, at) => readWorker(entry, rows[at], partition, nowMs) ?? []));
		}
		return found;
	}
	async peekInto({ place, queue = "", count }) {
		return mergePeeked(await this.eachPartition(async (keys, partition) => {
			const { key, from } = placeOf(keys, place, queue);
			const args = [
				from,
				String(count),
				String(PEEKED_RECORD_BYTES)
			];
			return (await this.runner.run("peek", [
				key,
				keys.jobs,
				keys.history,
				keys.outcome
			], args)).map((row) => readPeeked(row, partition, place));
		}), place, count);
	}
	async redisFacts() {
		const { client } = await this.connections.acquire();
		try {
			return readRedisFacts((await withDeadline(Promise.all([client.info("server"), client.info("memory")]), this.options.redis.readTimeoutMs)).join("\n"));
		} catch (error) {
			throw classifyFailure(error);
		}
	}
};
InspectService = __decorate([
	Injectable(),
	__decorateParam(2, Inject(QUEUE_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		typeof ScriptRunner === "undefined" ? Object : ScriptRunner,
		typeof RedisConnections === "undefined" ? Object : RedisConnections,
		Object
	])
], InspectService);
// libs/queue/src/errors/invalid-job.error.ts
/** The job as given cannot be enqueued: one field breaks a rule. Nothing was sent to Redis. */
var InvalidJobError = class extends QueueError {
	field;
	found;
	expected;
	constructor(field, found, expected) {
		super("invalid-job", `${field}: found ${found}, expected ${expected}`);
		this.field = field;
		this.found = found;
		this.expected = expected;
	}
};
// libs/queue/src/job/job-rules.ts
const KIND = /^[a-z][a-z0-9._-]{0,63}$/;
const ID = /^[A-Za-z0-9._:-]{1,128}$/;
const UNIQUE_KEY_BYTES = 512;
const MAX_DELAY_MS = 31536e7;
/**
* Checks what a producer says about a job, before anything is sent.
*
* @throws {InvalidJobError} names the field, what was found and what is expected.
*/
function checkNewJob(kind, options, queues) {
	const { id, queue, uniqueKey, delayMs, runAtMs, maxRetries, timeoutMs } = options;
	check(KIND.test(kind), "kind", kind, `${KIND.source}`);
	if (id !== void 0) check(ID.test(id), "id", id, `${ID.source}`);
	if (queue !== void 0) check(queues.includes(queue), "queue", queue, `one of ${queues.join(", ")}`);
	if (uniqueKey !== void 0) check(isKey(uniqueKey), "uniqueKey", uniqueKey, `1 to ${UNIQUE_KEY_BYTES} bytes`);
	check(delayMs === void 0 || runAtMs === void 0, "delayMs", `${delayMs} beside runAtMs`, "one of the two");
	checkNumber("delayMs", delayMs, 0, MAX_DELAY_MS);
	checkNumber("runAtMs", runAtMs, 0, 864e13);
	checkNumber("maxRetries", maxRetries, 0, 1e3);
	checkNumber("timeoutMs", timeoutMs, 1, 2147483647);
}
function isKey(key) {
	return key.length > 0 && Buffer.byteLength(key) <= UNIQUE_KEY_BYTES;
}
function checkNumber(field, value, least, most) {
	if (value === void 0) return;
	check(Number.isInteger(value) && value >= least && value <= most, field, String(value), `a whole number from ${least} to ${most}`);
}
function check(holds, field, found, expected) {
	if (!holds) throw new InvalidJobError(field, JSON.stringify(String(found).slice(0, 100)), expected);
}
// libs/queue/src/errors/enqueue-refused.error.ts
/** The job was certainly not stored. Enqueueing it again, also under another id, cannot make it run twice. */
var EnqueueRefusedError = class extends QueueError {
	reason;
	constructor(reason, detail, options) {
		super("enqueue-refused", `enqueue refused (${reason}): ${detail}`, options);
		this.reason = reason;
	}
};
// libs/queue/src/errors/enqueue-unknown.error.ts
/** The deadline passed without an answer: the job may be stored or not. Enqueue it again with the same unique key. */
var EnqueueUnknownError = class extends QueueError {
	jobId;
	deadlineMs;
	constructor(jobId, deadlineMs, options) {
		super("enqueue-unknown", `job "${jobId}": Redis gave no answer within ${deadlineMs} ms, so it may be stored or not; enqueue again with the same unique key`, options);
		this.jobId = jobId;
		this.deadlineMs = deadlineMs;
	}
};
// libs/queue/src/errors/queue-full.error.ts
/** The queue holds `queue.max_length` waiting jobs in this partition. Nothing was stored. */
var QueueFullError = class extends QueueError {
	queue;
	maxLength;
	constructor(queue, maxLength) {
		super("queue-full", `queue "${queue}" is full (${maxLength} jobs wait in this partition); enqueue again later`);
		this.queue = queue;
		this.maxLength = maxLength;
	}
};
/** Jobs of one partition that travel together, under one sequence number. */
var EnqueueBatch = class {
	sequence;
	jobs = [];
	/** When the first job came, for the deadline; `performance.now()`. */
	startedAt = performance.now();
	bytes = 0;
	constructor(sequence) {
		this.sequence = sequence;
	}
	/** Whether one more job fits. The first one always does. */
	hasRoomFor(job) {
		return this.jobs.length === 0 || this.jobs.length < 200 && this.bytes + job.recordTail.length <= 65536;
	}
	add(job) {
		this.jobs.push(job);
		this.bytes += job.recordTail.length;
	}
};
// libs/queue/src/enqueue/enqueue-call.ts
/** Keys and arguments of `enqueue.lua` for one batch. The same batch gives the same call, however often it is sent. */
function enqueueCall(batch, keys, producerId, options) {
	const queues = [];
	const uniqueKeys = [];
	const rows = [];
	for (const job of batch.jobs) {
		let queue = queues.indexOf(job.queue);
		if (queue < 0) queue = queues.push(job.queue) - 1;
		const unique = job.uniqueKey === void 0 ? 0 : uniqueKeys.push(keys.unique(job.uniqueKey));
		rows.push(job.id, String(queue + 1), job.when, job.recordTail, String(unique));
	}
	const groups = queues.flatMap((queue) => [
		keys.ready(queue),
		keys.scheduled(queue),
		keys.wake(queue),
		keys.timer(queue)
	]);
	return {
		keys: [
			keys.producer(producerId),
			keys.jobs,
			keys.paused,
			...groups,
			...uniqueKeys
		],
		args: [
			String(batch.sequence),
			String(options.maxLength),
			String(options.uniqueWindowMs),
			String(queues.length),
			...queues,
			...rows
		]
	};
}
// libs/queue/src/enqueue/enqueue-lane.ts
const CALLS_IN_FLIGHT = 2;
const RETRY_PAUSE_MS = 100;
/** Words of Redis after which another try within the deadline may be accepted. */
const TRANSIENT = {
	READONLY: "read-only",
	LOADING: "loading",
	MASTERDOWN: "loading",
	BUSY: "error",
	TRYAGAIN: "error"
};
const FINAL = {
	OOM: "out-of-memory",
	MISCONF: "disk"
};
/**
* The way of jobs into one partition. Jobs of one tick travel in one call, at most two calls are under way, and a batch whose
* reply was lost is sent again under its sequence number, so that it is stored once (docs/architecture.md, rule 16).
*/
var EnqueueLane = class {
	keys;
	parts;
	waiting = [];
	sequence = 0;
	inFlight = 0;
	isFlushing = false;
	constructor(keys, parts) {
		this.keys = keys;
		this.parts = parts;
	}
	/** Takes a job into the next call. Its `settle` is told within the write timeout, whatever happens. */
	add(job) {
		let batch = this.waiting.at(-1);
		if (!batch?.hasRoomFor(job)) {
			batch = new EnqueueBatch(++this.sequence);
			this.waiting.push(batch);
		}
		batch.add(job);
		if (this.isFlushing) return;
		this.isFlushing = true;
		process.nextTick(() => this.flush());
	}
	flush() {
		this.isFlushing = false;
		while (this.inFlight < CALLS_IN_FLIGHT) {
			const batch = this.waiting.shift();
			if (!batch) return;
			this.send(batch);
		}
	}
	async send(batch) {
		this.inFlight++;
		try {
			this.settle(batch, await this.store(batch));
		} catch (error) {
			this.refuse(batch, error);
		} finally {
			this.inFlight--;
			this.flush();
		}
	}
	/** Sends a batch until it is answered, for good refused, or its time is over. */
	async store(batch) {
		const call = enqueueCall(batch, this.keys, this.parts.producerId, this.parts.options);
		const { writeTimeoutMs, readTimeoutMs, maxRetries } = this.parts.options.redis;
		const deadline = batch.startedAt + writeTimeoutMs;
		let mayBeStored = false;
		for (let unanswered = 0;;) {
			const leftMs = deadline - performance.now();
			try {
				const [answer] = await this.parts.runner.run("enqueue", call.keys, call.args, Math.max(1, Math.min(readTimeoutMs, leftMs)));
				return answer;
			} catch (error) {
				if (error instanceof RedisUnavailableError && error.fate === "unknown") {
					mayBeStored = true;
					unanswered++;
				}
				if (performance.now() + RETRY_PAUSE_MS >= deadline || unanswered > maxRetries || !isTransient(error)) throw mayBeStored ? new UnknownOutcome(error) : error;
			}
			await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
		}
	}
	settle(batch, answer) {
		if (answer === "stale") return this.refuse(batch, new EnqueueRefusedError("stale-sequence", "the batch is older than the answers Redis keeps"));
		const words = answer === "stored" ? void 0 : answer.split(",");
		batch.jobs.forEach((job, index) => this.settleOne(job, words?.[index] ?? "stored"));
	}
	settleOne(job, word) {
		const { events, options } = this.parts;
		const { id, kind, queue } = job;
		if (word === "stored") {
			if (events.isHeard("job.enqueued")) events.emit("job.enqueued", {
				jobId: id,
				kind,
				queue
			});
			job.settle({
				outcome: "stored",
				id,
				queue
			});
		} else if (word === "full") {
			events.emit("enqueue.refused", {
				queue,
				reason: "full"
			});
			job.settle(new QueueFullError(queue, options.maxLength));
		} else {
			const firstJobId = word.slice(10);
			if (events.isHeard("job.duplicate")) events.emit("job.duplicate", {
				jobId: id,
				kind,
				queue,
				firstJobId
			});
			job.settle({
				outcome: "duplicate",
				id: firstJobId,
				queue
			});
		}
	}
	refuse(batch, error) {
		for (const job of batch.jobs) {
			const told = this.errorFor(job, error);
			this.parts.events.emit("enqueue.refused", {
				queue: job.queue,
				reason: told instanceof EnqueueRefusedError ? told.reason : "unknown"
			});
			job.settle(told);
		}
	}
	errorFor(job, error) {
		if (error instanceof EnqueueRefusedError) return error;
		const options = { cause: error };
		if (error instanceof RedisUnavailableError) return new EnqueueRefusedError("unreachable", error.message, options);
		if (error instanceof RedisRefusedError) return new EnqueueRefusedError(FINAL[error.word] ?? TRANSIENT[error.word] ?? "error", error.message, options);
		return new EnqueueUnknownError(job.id, this.parts.options.redis.writeTimeoutMs, options);
	}
};
/** At least one call of the batch may have been executed. */
var UnknownOutcome = class extends Error {
	constructor(cause) {
		super("no call of the batch was answered", { cause });
	}
};
function isTransient(error) {
	return error instanceof RedisUnavailableError || error instanceof RedisRefusedError && error.word in TRANSIENT;
}
// libs/queue/src/job/job-id.ts
/**
* A UUIDv7 (RFC 9562): sorts by time, so that records written together lie together.
*
* @param nowMs - ms since the Unix epoch; only for order, never for a decision
* @param random - 10 random bytes from `offset` on
*/
function uuidV7(nowMs, random, offset = 0) {
	const time = nowMs.toString(16).padStart(12, "0");
	let hex = "";
	for (let index = 0; index < 10; index++) hex += BYTE_HEX[random[offset + index] ?? 0];
	const variant = HEX_VARIANT[Number.parseInt(hex[3] ?? "0", 16) & 3];
	return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}
const BYTE_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HEX_VARIANT = [
	"8",
	"9",
	"a",
	"b"
];
// libs/queue/src/enqueue/job-ids.ts
const BYTES_PER_ID = 10;
/** Makes job ids. Takes its random bytes from the system in blocks: one call a few hundred ids. */
var JobIds = class {
	bytes = new Uint8Array(BYTES_PER_ID * 400);
	used = this.bytes.length;
	next() {
		if (this.used >= this.bytes.length) {
			randomFillSync(this.bytes);
			this.used = 0;
		}
		const id = uuidV7(Date.now(), this.bytes, this.used);
		this.used += BYTES_PER_ID;
		return id;
	}
};
// libs/queue/src/enqueue/enqueue.service.ts
let EnqueueService = class EnqueueService {
	options;
	ids = new JobIds();
	lanes;
	constructor(options, runner, events) {
		this.options = options;
		const parts = {
			runner,
			events,
			options,
			producerId: randomUUID()
		};
		this.lanes = Array.from({ length: options.partitions }, (_, partition) => new EnqueueLane(new QueueKeys(options.prefix, partition), parts));
	}
	/**
	* Stores one job.
	*
	* @throws {InvalidJobError} {@link InvalidPayloadError} the job cannot be stored as it is; nothing was sent.
	* @throws {QueueFullError} {@link EnqueueRefusedError} certainly not stored.
	* @throws {EnqueueUnknownError} stored or not: enqueue again with the same unique key.
	*/
	enqueue(kind, payload, options = {}) {
		return new Promise((resolve, reject) => {
			this.add(kind, payload, options, (answer) => answer instanceof QueueError ? reject(answer) : resolve(answer));
		});
	}
	/** Stores many jobs; answers one result a job, in order, and never throws for one of them. */
	enqueueMany(jobs) {
		const results = new Array(jobs.length);
		let open = jobs.length;
		return new Promise((resolve) => {
			if (open === 0) resolve(results);
			jobs.forEach((job, index) => {
				const settle = (id, answer) => {
					results[index] = answer instanceof QueueError ? this.describeFailure(job, id, answer) : answer;
					if (--open === 0) resolve(results);
				};
				try {
					const id = this.add(job.kind, job.payload, job, (answer) => settle(id, answer));
				} catch (error) {
					if (!(error instanceof QueueError)) throw error;
					settle(job.id ?? "", error);
				}
			});
		});
	}
	add(kind, payload, options, settle) {
		checkNewJob(kind, options, this.options.names);
		const { uniqueKey, runAtMs, delayMs } = options;
		const queue = options.queue ?? this.options.names.at(-1) ?? "";
		const id = options.id ?? this.ids.next();
		const recordTail = encodeRecordTail(queue, kind, payload, options);
		this.checkSize(recordTail);
		const when = delayMs ? `+${delayMs}` : String(runAtMs ?? 0);
		this.lanes[partitionOf(uniqueKey ?? id, this.lanes.length)]?.add({
			id,
			kind,
			queue,
			when,
			recordTail,
			uniqueKey,
			settle
		});
		return id;
	}
	checkSize(recordTail) {
		const { maxPayloadBytes } = this.options;
		if (recordTail.length * 3 <= maxPayloadBytes) return;
		const bytes = Buffer.byteLength(recordTail);
		if (bytes > maxPayloadBytes) throw new InvalidPayloadError(`and headers take ${bytes} bytes, queue.max_payload_bytes allows ${maxPayloadBytes}`);
	}
	describeFailure(job, id, error) {
		const queue = job.queue ?? this.options.names.at(-1) ?? "";
		return {
			outcome: error.code === "enqueue-unknown" ? "unknown" : "refused",
			id,
			queue,
			error
		};
	}
};
EnqueueService = __decorate([
	Injectable(),
	__decorateParam(0, Inject(QUEUE_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		Object,
		typeof ScriptRunner === "undefined" ? Object : ScriptRunner,
		typeof QueueEvents === "undefined" ? Object : QueueEvents
	])
], EnqueueService);
// apps/admin/queue-stub.tmp.ts
var _QueueModule;
var WorkerLifecycle = class {};
let QueueModule = _QueueModule = class QueueModule {
	static forRoot(o) {
		const providers = [
			QueueEvents,
			{
				provide: QUEUE_OPTIONS,
				useValue: {
					...DEFAULT_QUEUE_OPTIONS,
					...o
				}
			},
			RedisConnections,
			ScriptRunner,
			InspectService,
			EnqueueService
		];
		return {
			module: _QueueModule,
			global: true,
			providers,
			exports: providers
		};
	}
};
QueueModule = _QueueModule = __decorate([Module({})], QueueModule);
// libs/observability/src/boot/start-failure.ts
const EXIT_FAILED = 1;
const EXIT_WRONG_CONFIGURATION = 2;
const CONFIGURATION_CODES = /* @__PURE__ */ new Set([
	"partition-mismatch",
	"invalid-options",
	"duplicate-kind"
]);
/**
* A wrong configuration (also: another partition count than Redis holds, a kind with two handlers, a port in use) is told
* by its message alone and exits with 2; anything else is a bug or a broken machine: with its stack, exit 1.
*/
function startFailure(name, error) {
	const { message, stack, type } = toLogError(error);
	const isConfiguration = isConfigurationError(error);
	return {
		text: `${name} cannot start: ${(isConfiguration ? message : stack ?? `${type}: ${message}`).split("\n").map(escapeControls).join("\n")}`,
		exitCode: isConfiguration ? EXIT_WRONG_CONFIGURATION : EXIT_FAILED
	};
}
/** A `ConfigError` is known by its name: libs/config and this library do not know each other. */
function isConfigurationError(error) {
	if (error instanceof QueueError) return CONFIGURATION_CODES.has(error.code);
	return error instanceof StartError || error instanceof Error && error.name === "ConfigError";
}
// libs/observability/src/boot/run-main.ts
/**
* The `main` of an app: runs `start`, and turns what it throws into a message on stderr and an exit code: 2 when the
* configuration is wrong, else 1.
*/
async function runMain(name, start) {
	try {
		await start();
	} catch (error) {
		const { text, exitCode } = startFailure(name, error);
		process.stderr.write(`${text}\n`);
		process.exit(exitCode);
	}
}
/**
* Every metric of the project: the only place where a metric is named. docs/metrics.md explains each; a spec holds the
* two equal. Process metrics of prom-client come on top.
*/
const METRICS = {
	produced: counter("jobs_produced_total", "Jobs that this process stored", ["queue"]),
	consumed: counter("jobs_consumed_total", "Runs that this process started", ["queue"]),
	completed: counter("jobs_completed_total", "Runs that ended well", ["queue"]),
	failed: counter("jobs_failed_total", "Failed attempts", ["queue", "reason"]),
	retried: counter("jobs_retried_total", "Failed attempts that will be tried again", ["queue"]),
	dead: counter("jobs_dead_letter_total", "Jobs that went to the dead letter queue", ["queue", "reason"]),
	snoozed: counter("jobs_snoozed_total", "Runs that were postponed without using an attempt", ["queue", "reason"]),
	released: counter("jobs_released_total", "Runs that a drain gave back without using an attempt", ["queue"]),
	recovered: counter("jobs_recovered_total", "Jobs that this process took over from a lost worker", ["queue"]),
	duplicate: counter("jobs_duplicate_total", "Enqueues that stored nothing because the job was there before", ["queue"]),
	leaseLost: counter("lease_lost_total", "Runs whose lease or claim was lost; their outcome counts for nothing", ["queue"]),
	breakerTrips: counter("circuit_breaker_trips_total", "Circuit breakers that opened", []),
	rateLimitHits: counter("rate_limit_hits_total", "Times the rate limit held something back", []),
	enqueueRefused: counter("enqueue_refused_total", "Jobs that were not stored, or whose fate is unknown", ["reason"]),
	processing: histogram("job_processing_duration_seconds", "Length of a run", [
		"queue",
		"kind",
		"outcome"
	], [
		.001,
		.0025,
		.005,
		.01,
		.025,
		.05,
		.1,
		.25,
		.5,
		1,
		2.5,
		5,
		10,
		30,
		60,
		300,
		600
	]),
	wait: histogram("job_wait_duration_seconds", "From being due to the start of the run", ["queue"], [
		.001,
		.0025,
		.005,
		.01,
		.025,
		.05,
		.1,
		.25,
		.5,
		1,
		2.5,
		5,
		10,
		30,
		60,
		300,
		1800
	]),
	script: histogram("redis_script_duration_seconds", "Round trip of a script call", ["script"], [
		25e-5,
		5e-4,
		.001,
		.0025,
		.005,
		.01,
		.025,
		.05,
		.1,
		.25,
		.5,
		1,
		2.5,
		5
	]),
	workerActive: gauge("worker_active", "Jobs running now in this process", []),
	workerSlots: gauge("worker_slots", "Jobs that this process runs at once", []),
	workerDraining: gauge("worker_draining", "1 while this worker drains", []),
	breakerState: gauge("circuit_breaker_state", "0 closed, 1 half-open, 2 open: the worst kind", []),
	breakerKindState: gauge("circuit_breaker_kind_state", "0 closed, 1 half-open, 2 open", ["kind"]),
	redisUp: gauge("redis_up", "1 when Redis answered the last check, at most a few seconds ago", []),
	buildInfo: gauge("build_info", "Always 1; version and commit of this process", ["version", "revision"]),
	queueLength: gauge("queue_length", "Jobs ready to run, quarantine included", ["queue"]),
	queueOldestAge: gauge("queue_oldest_job_age_seconds", "For how long the oldest due job has been due; 0: none", ["queue"]),
	scheduledLength: gauge("scheduled_length", "Jobs that wait for their time", []),
	scheduledOverdue: gauge("scheduled_overdue", "Jobs whose time has come but that are not ready yet", []),
	processingLength: gauge("processing_length", "Jobs held by workers", []),
	processingOldestAge: gauge("processing_oldest_age_seconds", "Age of the oldest claim; 0: none", []),
	deadLength: gauge("dead_letter_length", "Jobs in the dead letter queue", []),
	deadOldestAge: gauge("dead_letter_oldest_age_seconds", "For how long the oldest dead job has been dead; 0: none", []),
	workersRegistered: gauge("workers_registered", "Worker processes that hold a lease", []),
	memoryUsed: gauge("redis_memory_used_bytes", "Memory that Redis uses", []),
	memoryMax: gauge("redis_memory_max_bytes", "Memory that Redis may use; 0: no limit", [])
};
function counter(name, help, labels) {
	return {
		name,
		type: "counter",
		help,
		labels
	};
}
function gauge(name, help, labels) {
	return {
		name,
		type: "gauge",
		help,
		labels
	};
}
function histogram(name, help, labels, buckets) {
	return {
		name,
		type: "histogram",
		help,
		labels,
		buckets
	};
}
// libs/observability/src/health/worker-status.ts
let WorkerProbe = class WorkerProbe {
	modules;
	lifecycle;
	constructor(modules) {
		this.modules = modules;
	}
	/** Nothing in an app that runs no jobs. */
	status() {
		this.lifecycle ??= this.find();
		return this.lifecycle?.status();
	}
	find() {
		try {
			return this.modules.get(WorkerLifecycle, { strict: false });
		} catch {
			return null;
		}
	}
};
WorkerProbe = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [typeof ModuleRef === "undefined" ? Object : ModuleRef])], WorkerProbe);
// libs/observability/src/health/claim-loop.indicator.ts
/** Twice the longest wait for work, and some air. */
const STALE_AFTER_MS = 15e3;
let ClaimLoopIndicator = class ClaimLoopIndicator {
	worker;
	health;
	constructor(worker, health) {
		this.worker = worker;
		this.health = health;
	}
	check() {
		const status = this.worker.status();
		if (!status) return {};
		const session = this.health.check("claim-loop");
		if (!status.registered) return session.down({
			message: "the worker is not registered in Redis",
			next: "see the check \"redis\" first; if that is up, read the log for \"register\""
		});
		if (status.claimLoopTurnedMsAgo < STALE_AFTER_MS) return session.up();
		const seconds = Math.round(status.claimLoopTurnedMsAgo / 1e3);
		return session.down({
			message: `the worker has not asked for work for ${seconds} s`,
			next: "see the check \"redis\" first; if that is up, look for a handler that blocks the event loop, then restart this process"
		});
	}
};
ClaimLoopIndicator = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [typeof WorkerProbe === "undefined" ? Object : WorkerProbe, typeof HealthIndicatorService === "undefined" ? Object : HealthIndicatorService])], ClaimLoopIndicator);
// libs/observability/src/health/redis.indicator.ts
const DEADLINE_MS = 2e3;
let RedisIndicator = class RedisIndicator {
	options;
	inspect;
	health;
	wasReachable = false;
	constructor(options, inspect, health) {
		this.options = options;
		this.inspect = inspect;
		this.health = health;
	}
	/** What the last check found. */
	get isReachable() {
		return this.wasReachable;
	}
	/** Answers within its own deadline, also when Redis does not. */
	async check() {
		const { reachable, writable, detail } = await this.probe();
		this.wasReachable = reachable;
		const session = this.health.check("redis");
		if (!reachable) return session.down({
			message: `Redis does not answer: ${detail}`,
			next: "check that Redis runs, and redis.addr, redis.username, redis.password and the network"
		});
		if (writable) return session.up();
		const facts = {
			message: `Redis takes no writes: ${detail}`,
			next: "give Redis memory or disk space, or point redis.addr at the primary"
		};
		return this.options.app === "producer" ? session.down(facts) : session.degraded(facts);
	}
	async probe() {
		let timer;
		const deadline = new Promise((resolve) => {
			const answer = {
				reachable: false,
				writable: false,
				detail: `no answer within ${DEADLINE_MS} ms`
			};
			timer = setTimeout(() => resolve(answer), DEADLINE_MS);
		});
		const failed = {
			reachable: false,
			writable: false,
			detail: "the check failed"
		};
		const answer = this.inspect.probe().catch(() => failed);
		return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
	}
};
RedisIndicator = __decorate([
	Injectable(),
	__decorateParam(0, Inject(OBSERVABILITY_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		Object,
		typeof InspectService === "undefined" ? Object : InspectService,
		typeof HealthIndicatorService === "undefined" ? Object : HealthIndicatorService
	])
], RedisIndicator);
// libs/observability/src/health/readiness.service.ts
const REFRESH_INTERVAL_MS = 1e3;
let ReadinessService = class ReadinessService {
	health;
	redis;
	claimLoop;
	events;
	last = down("startup", "the first check has not come back yet", "ask again in a second");
	isEnding = false;
	timer;
	isStopped = false;
	constructor(health, redis, claimLoop, events) {
		this.health = health;
		this.redis = redis;
		this.claimLoop = claimLoop;
		this.events = events;
	}
	onApplicationBootstrap() {
		this.events.on("worker.draining", () => this.isEnding = true);
		for (const news of [
			"redis.up",
			"redis.down",
			"worker.registered"
		]) this.events.on(news, () => this.refreshNow());
		this.refresh();
	}
	onModuleDestroy() {
		this.isEnding = true;
	}
	onApplicationShutdown() {
		this.isStopped = true;
		clearTimeout(this.timer);
	}
	/** The last result; never waits. */
	report() {
		if (!this.isEnding) return this.last;
		return down("draining", "this process finishes its jobs and ends", "nothing to do: send work to another one");
	}
	/** News need not wait for the next turn. */
	refreshNow() {
		if (!this.timer) return;
		clearTimeout(this.timer);
		this.refresh();
	}
	async refresh() {
		this.timer = void 0;
		this.last = await this.check();
		if (!this.isStopped) this.timer = setTimeout(() => void this.refresh(), REFRESH_INTERVAL_MS).unref();
	}
	async check() {
		try {
			return await this.health.check([() => this.redis.check(), () => this.claimLoop.check()]);
		} catch (error) {
			if (error instanceof ServiceUnavailableException) return error.getResponse();
			return down("readiness", "the check itself failed", "read the log, then restart this process");
		}
	}
};
ReadinessService = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [
	typeof HealthCheckService === "undefined" ? Object : HealthCheckService,
	typeof RedisIndicator === "undefined" ? Object : RedisIndicator,
	typeof ClaimLoopIndicator === "undefined" ? Object : ClaimLoopIndicator,
	typeof QueueEvents === "undefined" ? Object : QueueEvents
])], ReadinessService);
function down(name, message, next) {
	const failed = { [name]: {
		status: "down",
		message,
		next
	} };
	return {
		status: "error",
		info: {},
		error: failed,
		details: failed
	};
}
// libs/observability/src/health/health.controller.ts
let HealthController = class HealthController {
	readiness;
	constructor(readiness) {
		this.readiness = readiness;
	}
	/** 200 as long as the event loop turns. It never looks at Redis: restarting this process would not bring that back. */
	healthz() {
		return { status: "ok" };
	}
	/** 200 when this process should get work (`ok` or `degraded`); else 503 with the failing check and the next step. */
	readyz() {
		const report = this.readiness.report();
		if (report.status === "ok" || report.status === "degraded") return report;
		throw new ServiceUnavailableException(report);
	}
};
__decorate([
	Get("healthz"),
	HealthCheck(),
	__decorateMetadata("design:type", Function),
	__decorateMetadata("design:paramtypes", []),
	__decorateMetadata("design:returntype", Object)
], HealthController.prototype, "healthz", null);
__decorate([
	Get("readyz"),
	HealthCheck(),
	__decorateMetadata("design:type", Function),
	__decorateMetadata("design:paramtypes", []),
	__decorateMetadata("design:returntype", Object)
], HealthController.prototype, "readyz", null);
HealthController = __decorate([Controller(), __decorateMetadata("design:paramtypes", [typeof ReadinessService === "undefined" ? Object : ReadinessService])], HealthController);
// libs/observability/src/logging/event-log.service.ts
/** A loop that fails again and again is logged at most this often. */
const LOOP_LOG_INTERVAL_MS = 1e3;
let EventLog = class EventLog {
	events;
	logger;
	lastLoopLogMs = /* @__PURE__ */ new Map();
	heldBack = /* @__PURE__ */ new Map();
	isRedisDown = false;
	constructor(events, logger) {
		this.events = events;
		this.logger = logger;
	}
	onModuleInit() {
		this.logJobs();
		this.logWorkers();
		this.logTroubles();
	}
	logJobs() {
		this.line("debug", "job.completed", (event) => ["job completed", {
			...runFields(event),
			duration_ms: event.durationMs
		}]);
		this.line("warn", "job.failed", ({ reason, failure, ...event }) => [`job failed (${reason})`, {
			...runFields(event),
			duration_ms: event.durationMs,
			err: logError(failure.errorClass, failure.message, failure.stack)
		}]);
		this.line("error", "job.dead", (event) => [`job is dead (${event.reason})`, runFields(event)]);
		this.line("warn", "job.lost", (event) => [`job lost while it ran (${event.cause})`, runFields(event)]);
		this.line("warn", "handler.stuck", (event) => ["handler still runs after its abort", runFields(event)]);
		this.line("info", "job.recovered", ({ jobId, queue, fromWorkerId, crashes }) => [`job taken over from a lost worker (crash ${crashes})`, {
			job_id: jobId,
			queue,
			worker_id: fromWorkerId
		}]);
	}
	logWorkers() {
		this.line("info", "worker.registered", ({ workerId, partition }) => [`worker registered in partition ${partition}`, { worker_id: workerId }]);
		this.line("warn", "worker.lost", ({ workerId, partition }) => [`worker lost its registration in partition ${partition}`, { worker_id: workerId }]);
		this.line("info", "worker.draining", ({ running }) => [`draining: ${running} jobs still run`]);
		this.line("warn", "worker.revoked", ({ workerId, partition }) => [`revoked a worker whose lease was over, partition ${partition}`, { worker_id: workerId }]);
		this.line("warn", "reaper.amnesty", ({ partition, untilMs }) => [`amnesty in partition ${partition}: nobody is revoked before ${new Date(untilMs).toISOString()}`]);
	}
	logTroubles() {
		this.line("error", "loop.failed", (event) => this.loopLine(event));
		this.line("warn", "redis.down", ({ detail }) => this.onRedis(true, `Redis is down: ${detail}`));
		this.line("info", "redis.up", () => this.onRedis(false, "Redis is up"));
	}
	line(level, name, describe) {
		if (!this.logger.isEnabled(level)) return;
		this.events.on(name, (event) => {
			const line = describe(event);
			if (line) this.logger.write(level, ...line);
		});
	}
	loopLine({ loop, error }) {
		const nowMs = performance.now();
		const lastMs = this.lastLoopLogMs.get(loop);
		if (lastMs !== void 0 && nowMs - lastMs < LOOP_LOG_INTERVAL_MS) {
			this.heldBack.set(loop, (this.heldBack.get(loop) ?? 0) + 1);
			return;
		}
		const more = this.heldBack.get(loop) ?? 0;
		this.heldBack.delete(loop);
		this.lastLoopLogMs.set(loop, nowMs);
		return [`loop "${loop}" failed${more > 0 ? ` (and ${more} times since the last line)` : ""}`, { err: toLogError(error) }];
	}
	onRedis(isDown, msg) {
		if (isDown === this.isRedisDown) return void 0;
		this.isRedisDown = isDown;
		return [msg];
	}
};
EventLog = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [typeof QueueEvents === "undefined" ? Object : QueueEvents, typeof AppLogger === "undefined" ? Object : AppLogger])], EventLog);
function runFields({ jobId, kind, queue, workerId, attempt }) {
	return {
		job_id: jobId,
		kind,
		queue,
		worker_id: workerId,
		attempt
	};
}
// libs/observability/src/metrics/exposition.ts
/** Adds such a metric: a registry needs no more of a metric than this, though its type says so. */
function register(registry, metric) {
	registry.registerMetric(metric);
	return metric;
}
/** Names put to label values. */
function labelsOf({ labels }, values) {
	return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
}
// libs/observability/src/metrics/known-labels.ts
/** What a label says when its value is not on the list: labels stay few, whatever a producer sends. */
const OTHER = "other";
/** Every reason of `jobs_failed_total`; the compiler holds it complete. */
const FAILURE_REASONS = keys({
	error: 1,
	timeout: 1,
	unrecoverable: 1,
	"invalid-payload": 1,
	"unknown-kind": 1,
	"malformed-record": 1,
	"record-missing": 1
});
/** Every reason of `jobs_dead_letter_total`; the compiler holds it complete. */
const DEAD_REASONS = keys({
	"retries-exhausted": 1,
	timeout: 1,
	unrecoverable: 1,
	"invalid-payload": 1,
	"unknown-kind": 1,
	"malformed-record": 1,
	"record-missing": 1,
	"worker-lost": 1
});
/** Every reason of `jobs_snoozed_total`; the compiler holds it complete. */
const SNOOZE_REASONS = keys({
	handler: 1,
	"unknown-kind": 1,
	"unknown-version": 1,
	"breaker-open": 1,
	"still-running": 1
});
/** Every reason of `enqueue_refused_total`: why Redis refused, a full queue, and `unknown` (no answer in time). */
const REFUSAL_REASONS = [
	"out-of-memory",
	"read-only",
	"disk",
	"loading",
	"unreachable",
	"stale-sequence",
	"error",
	"queue-full",
	"unknown"
];
const REASONS_WITHOUT_HANDLER = /* @__PURE__ */ new Set([
	"unknown-kind",
	"unknown-version",
	"malformed-record",
	"record-missing"
]);
/** Whether a run with this end was one of a kind that has a handler: only such kinds become labels. */
function hasHandler(reason) {
	return !REASONS_WITHOUT_HANDLER.has(reason);
}
function keys(complete) {
	return Object.keys(complete);
}
// libs/observability/src/metrics/tally-counter.ts
/**
* A counter for a registry of prom-client whose increment is an addition. prom-client's own looks its labels up at each
* increment (140 ns); a run has several, and a worker passes 15,000 runs a second.
*/
var TallyCounter = class {
	definition;
	name;
	series = /* @__PURE__ */ new Map();
	constructor(definition) {
		this.definition = definition;
		this.name = definition.name;
	}
	/** The series of these label values, in the order of the definition; it exists from now on, at 0. */
	of(...values) {
		const key = values.join("\n");
		const known = this.series.get(key) ?? {
			labels: labelsOf(this.definition, values),
			tally: { value: 0 }
		};
		this.series.set(key, known);
		return known.tally;
	}
	/** What prom-client asks for at a scrape. */
	async get() {
		const { name, help, type } = this.definition;
		return {
			name,
			help,
			type,
			aggregator: "sum",
			values: [...this.series.values()].map(({ labels, tally }) => ({
				labels,
				value: tally.value
			}))
		};
	}
	reset() {
		for (const { tally } of this.series.values()) tally.value = 0;
	}
};
// libs/observability/src/metrics/tally-histogram.ts
/** One series of a histogram. */
var HistogramSeries = class {
	labels;
	bounds;
	counts;
	sum = 0;
	constructor(labels, bounds) {
		this.labels = labels;
		this.bounds = bounds;
		this.counts = new Array(bounds.length + 1).fill(0);
	}
	/** Adds one measurement; what is not a number, or negative because a clock stepped, counts as 0. */
	observeMs(ms) {
		const seconds = ms > 0 ? ms / 1e3 : 0;
		let bucket = 0;
		while (bucket < this.bounds.length && seconds > this.bounds[bucket]) bucket++;
		this.counts[bucket]++;
		this.sum += seconds;
	}
	samples(name) {
		const upTo = [...this.bounds, "+Inf"];
		let count = 0;
		const buckets = upTo.map((le, index) => {
			count += this.counts[index];
			return {
				metricName: `${name}_bucket`,
				labels: {
					...this.labels,
					le
				},
				value: count
			};
		});
		const total = {
			metricName: `${name}_count`,
			labels: this.labels,
			value: count
		};
		return [
			...buckets,
			{
				metricName: `${name}_sum`,
				labels: this.labels,
				value: this.sum
			},
			total
		];
	}
	reset() {
		this.counts.fill(0);
		this.sum = 0;
	}
};
/** A histogram for a registry of prom-client, as cheap as {@link TallyCounter}; prom-client's own takes 400 to 800 ns. */
var TallyHistogram = class {
	definition;
	name;
	series = /* @__PURE__ */ new Map();
	constructor(definition) {
		this.definition = definition;
		this.name = definition.name;
	}
	/** The series of these label values, in the order of the definition; it exists from now on, empty. */
	of(...values) {
		const key = values.join("\n");
		const { buckets = [] } = this.definition;
		const known = this.series.get(key) ?? new HistogramSeries(labelsOf(this.definition, values), buckets);
		this.series.set(key, known);
		return known;
	}
	/** What prom-client asks for at a scrape. */
	async get() {
		const { name, help, type } = this.definition;
		return {
			name,
			help,
			type,
			aggregator: "sum",
			values: [...this.series.values()].flatMap((series) => series.samples(name))
		};
	}
	reset() {
		for (const series of this.series.values()) series.reset();
	}
};
// libs/observability/src/metrics/job-metrics.ts
/** Counters and histograms of jobs in one registry. Known queues and reasons are there from the start, at 0. */
var JobMetrics = class {
	breakerTrips;
	rateLimitHits;
	refused;
	counters;
	wait;
	processing;
	scripts;
	byQueue;
	byScript = /* @__PURE__ */ new Map();
	otherQueue;
	constructor(registry, queues) {
		const counter = (key) => register(registry, new TallyCounter(METRICS[key]));
		this.counters = {
			produced: counter("produced"),
			duplicate: counter("duplicate"),
			consumed: counter("consumed"),
			completed: counter("completed"),
			failed: counter("failed"),
			retried: counter("retried"),
			dead: counter("dead"),
			snoozed: counter("snoozed"),
			released: counter("released"),
			recovered: counter("recovered"),
			leaseLost: counter("leaseLost")
		};
		this.processing = register(registry, new TallyHistogram(METRICS.processing));
		this.wait = register(registry, new TallyHistogram(METRICS.wait));
		this.scripts = register(registry, new TallyHistogram(METRICS.script));
		this.breakerTrips = counter("breakerTrips").of();
		this.rateLimitHits = counter("rateLimitHits").of();
		const refused = counter("enqueueRefused");
		this.refused = byReason(REFUSAL_REASONS, (reason) => refused.of(reason));
		this.byQueue = new Map(queues.map((queue) => [queue, this.seriesOf(queue)]));
	}
	/** The series of a queue; those of `other` for a queue that is not configured. */
	queue(name) {
		return this.byQueue.get(name) ?? (this.otherQueue ??= this.seriesOf("other"));
	}
	/** The series of a script; their names are ours, so they need no bound. */
	script(name) {
		const known = this.byScript.get(name) ?? this.scripts.of(name);
		this.byScript.set(name, known);
		return known;
	}
	seriesOf(queue) {
		const { produced, duplicate, consumed, completed, retried, released, recovered, leaseLost, ...reasoned } = this.counters;
		return {
			produced: produced.of(queue),
			duplicate: duplicate.of(queue),
			consumed: consumed.of(queue),
			completed: completed.of(queue),
			retried: retried.of(queue),
			released: released.of(queue),
			recovered: recovered.of(queue),
			leaseLost: leaseLost.of(queue),
			wait: this.wait.of(queue),
			failed: byReason(FAILURE_REASONS, (reason) => reasoned.failed.of(queue, reason)),
			snoozed: byReason(SNOOZE_REASONS, (reason) => reasoned.snoozed.of(queue, reason)),
			dead: byReason(DEAD_REASONS, (reason) => reasoned.dead.of(queue, reason)),
			processing: byKind((kind, outcome) => this.processing.of(queue, kind, outcome))
		};
	}
};
function byReason(known, series) {
	const made = new Map(known.map((reason) => [reason, series(reason)]));
	return (reason) => made.get(reason) ?? series("other");
}
function byKind(make) {
	const made = {
		completed: /* @__PURE__ */ new Map(),
		failed: /* @__PURE__ */ new Map(),
		snoozed: /* @__PURE__ */ new Map()
	};
	return (kind, outcome) => {
		const known = made[outcome].get(kind);
		if (known) return known;
		const fresh = make(kind, outcome);
		made[outcome].set(kind, fresh);
		return fresh;
	};
}
// libs/observability/src/metrics/event-metrics.service.ts
let EventMetrics = class EventMetrics {
	events;
	metrics;
	constructor(events, metrics) {
		this.events = events;
		this.metrics = metrics;
	}
	onModuleInit() {
		this.countEnqueues();
		this.countRuns();
		this.countSettles();
		this.events.on("script.ran", ({ script, durationMs }) => this.metrics.script(script).observeMs(durationMs));
		this.events.on("rate.limited", () => this.metrics.rateLimitHits.value++);
	}
	countEnqueues() {
		this.events.on("job.enqueued", ({ queue }) => this.metrics.queue(queue).produced.value++);
		this.events.on("job.duplicate", ({ queue }) => this.metrics.queue(queue).duplicate.value++);
		this.events.on("enqueue.refused", ({ reason }) => this.metrics.refused(reason).value++);
	}
	countRuns() {
		this.events.on("job.claimed", ({ queue, waitMs }) => {
			const series = this.metrics.queue(queue);
			series.consumed.value++;
			series.wait.observeMs(waitMs);
		});
		this.events.on("job.released", ({ queue }) => this.metrics.queue(queue).released.value++);
		this.events.on("job.lost", ({ queue }) => this.metrics.queue(queue).leaseLost.value++);
		this.events.on("job.recovered", ({ queue }) => this.metrics.queue(queue).recovered.value++);
	}
	countSettles() {
		this.events.on("job.completed", ({ queue, kind, durationMs }) => {
			const series = this.metrics.queue(queue);
			series.completed.value++;
			series.processing(kind, "completed").observeMs(durationMs);
		});
		this.events.on("job.failed", ({ queue, kind, reason, durationMs }) => {
			const series = this.metrics.queue(queue);
			series.failed(reason).value++;
			series.processing(hasHandler(reason) ? kind : OTHER, "failed").observeMs(durationMs);
		});
		this.events.on("job.snoozed", ({ queue, kind, reason, durationMs }) => {
			const series = this.metrics.queue(queue);
			series.snoozed(reason).value++;
			series.processing(hasHandler(reason) ? kind : OTHER, "snoozed").observeMs(durationMs);
		});
		this.events.on("job.retried", ({ queue }) => this.metrics.queue(queue).retried.value++);
		this.events.on("job.dead", ({ queue, reason }) => this.metrics.queue(queue).dead(reason).value++);
	}
};
EventMetrics = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [typeof QueueEvents === "undefined" ? Object : QueueEvents, typeof JobMetrics === "undefined" ? Object : JobMetrics])], EventMetrics);
// libs/observability/src/metrics/metrics-token.ts
/** The secret that `/metrics` demands; only a digest of it is kept. */
var MetricsToken = class MetricsToken {
	digest;
	constructor(digest) {
		this.digest = digest;
	}
	/**
	* Reads the token file; an empty path: nothing is demanded.
	*
	* @throws {StartError} the file cannot be read or is empty. The app must not start with an open door.
	*/
	static read(file) {
		if (file === "") return new MetricsToken(void 0);
		const token = readTokenFile(file);
		if (token === "") throw new StartError(`observability.bearer_token_file: ${file} is empty, expected a token`);
		return new MetricsToken(digestOf(token));
	}
	/** Whether this `Authorization` header opens the door. The time it takes says nothing about the token. */
	accepts(authorization) {
		if (!this.digest) return true;
		const given = /^Bearer +(\S+)\s*$/i.exec(authorization ?? "")?.[1] ?? "";
		return timingSafeEqual(digestOf(given), this.digest);
	}
};
function readTokenFile(file) {
	try {
		return readFileSync(file, "utf8").trim();
	} catch (cause) {
		throw new StartError(`observability.bearer_token_file: cannot read ${file} (${cause.code ?? "unreadable"})`, { cause });
	}
}
function digestOf(token) {
	return createHash("sha256").update(token).digest();
}
// libs/observability/src/metrics/metrics-token.guard.ts
let MetricsTokenGuard = class MetricsTokenGuard {
	token;
	constructor(token) {
		this.token = token;
	}
	canActivate(context) {
		const http = context.switchToHttp();
		const { authorization } = http.getRequest().headers;
		if (this.token.accepts(authorization)) return true;
		http.getResponse().header("WWW-Authenticate", "Bearer realm=\"metrics\"");
		throw new UnauthorizedException("the metrics need the token of observability.bearer_token_file");
	}
};
MetricsTokenGuard = __decorate([Injectable(), __decorateMetadata("design:paramtypes", [typeof MetricsToken === "undefined" ? Object : MetricsToken])], MetricsTokenGuard);
// libs/observability/src/metrics/metrics.controller.ts
let MetricsController = class MetricsController {
	registry;
	constructor(registry) {
		this.registry = registry;
	}
	scrape() {
		return this.registry.metrics();
	}
};
__decorate([
	Get(),
	UseGuards(MetricsTokenGuard),
	Header("Content-Type", Registry.PROMETHEUS_CONTENT_TYPE),
	__decorateMetadata("design:type", Function),
	__decorateMetadata("design:paramtypes", []),
	__decorateMetadata("design:returntype", typeof Promise === "undefined" ? Object : Promise)
], MetricsController.prototype, "scrape", null);
MetricsController = __decorate([Controller(), __decorateMetadata("design:paramtypes", [typeof Registry === "undefined" ? Object : Registry])], MetricsController);
// libs/observability/src/metrics/gauge.ts
/** A gauge of this definition in this registry; `read` gives its value at each scrape. */
function newGauge(registry, { name, help, labels }, read) {
	const collect = read && { collect: () => gauge.set(read()) };
	const gauge = new Gauge({
		name,
		help,
		labelNames: [...labels],
		registers: [registry],
		...collect
	});
	return gauge;
}
// libs/observability/src/metrics/process-gauges.ts
let ProcessGauges = class ProcessGauges {
	constructor(registry, { version, revision }, worker, redis) {
		newGauge(registry, METRICS.workerActive, () => worker.status()?.running ?? 0);
		newGauge(registry, METRICS.workerSlots, () => worker.status()?.slots ?? 0);
		newGauge(registry, METRICS.workerDraining, () => Number(worker.status()?.state === "draining"));
		newGauge(registry, METRICS.breakerState, () => 0);
		newGauge(registry, METRICS.breakerKindState);
		newGauge(registry, METRICS.redisUp, () => Number(redis.isReachable));
		newGauge(registry, METRICS.buildInfo).set({
			version,
			revision
		}, 1);
	}
};
ProcessGauges = __decorate([
	Injectable(),
	__decorateParam(1, Inject(OBSERVABILITY_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		typeof Registry === "undefined" ? Object : Registry,
		Object,
		typeof WorkerProbe === "undefined" ? Object : WorkerProbe,
		typeof RedisIndicator === "undefined" ? Object : RedisIndicator
	])
], ProcessGauges);
// libs/observability/src/metrics/redis-gauges.ts
/** The gauges that say what Redis holds: all of one sample, or none at all. */
var RedisGauges = class {
	queues;
	readings;
	queueReadings;
	constructor(registry, queues) {
		this.queues = queues;
		const reading = (definition, read) => ({
			gauge: newGauge(registry, definition),
			read
		});
		this.queueReadings = [{
			gauge: newGauge(registry, METRICS.queueLength),
			read: ({ ready }) => ready
		}, {
			gauge: newGauge(registry, METRICS.queueOldestAge),
			read: ({ oldestDueAgeMs }) => seconds(oldestDueAgeMs)
		}];
		this.readings = [
			reading(METRICS.scheduledLength, ({ queues: all }) => sum(all.map(({ scheduled }) => scheduled))),
			reading(METRICS.scheduledOverdue, ({ queues: all }) => sum(all.map(({ overdue }) => overdue))),
			reading(METRICS.processingLength, ({ processing }) => processing.total),
			reading(METRICS.processingOldestAge, ({ processing }) => seconds(processing.oldestAgeMs)),
			reading(METRICS.deadLength, ({ dead }) => dead.total),
			reading(METRICS.deadOldestAge, ({ dead }) => seconds(dead.oldestAgeMs)),
			reading(METRICS.workersRegistered, ({ workers }) => processes(workers)),
			reading(METRICS.memoryUsed, ({ redis }) => redis.usedMemoryBytes),
			reading(METRICS.memoryMax, ({ redis }) => redis.maxMemoryBytes)
		];
	}
	/** Shows this sample. Queues that are not configured share the label `other`. */
	show(overview) {
		for (const { gauge, read } of this.readings) gauge.set(read(overview));
		for (const { gauge, read } of this.queueReadings) {
			gauge.reset();
			for (const queue of overview.queues) gauge.set({ queue: this.labelOf(queue.name) }, read(queue));
		}
	}
	/** Shows nothing: what is not known is not claimed. */
	clear() {
		for (const { gauge } of this.readings) gauge.remove();
		for (const { gauge } of this.queueReadings) gauge.reset();
	}
	labelOf(queue) {
		return this.queues.includes(queue) ? queue : OTHER;
	}
};
/** A process has an entry in each partition; it counts once. */
function processes(workers) {
	return new Set(workers.filter(({ revoked }) => !revoked).map(({ host, pid }) => `${host} ${pid}`)).size;
}
function seconds(ms) {
	return (ms ?? 0) / 1e3;
}
function sum(numbers) {
	return numbers.reduce((total, one) => total + one, 0);
}
// libs/observability/src/metrics/queue-sampler.service.ts
/** After this time without an answer the last sample is no longer shown. */
const ANSWER_DEADLINE_MS = 2e3;
let QueueSampler = class QueueSampler {
	options;
	inspect;
	events;
	gauges;
	timer;
	isStopped = false;
	constructor(options, inspect, events, gauges) {
		this.options = options;
		this.inspect = inspect;
		this.events = events;
		this.gauges = gauges;
	}
	onApplicationBootstrap() {
		this.gauges.clear();
		this.events.on("redis.down", () => this.gauges.clear());
		this.sample();
	}
	onApplicationShutdown() {
		this.isStopped = true;
		clearTimeout(this.timer);
	}
	async sample() {
		const late = setTimeout(() => this.gauges.clear(), ANSWER_DEADLINE_MS);
		try {
			this.gauges.show(await this.inspect.overview());
		} catch (error) {
			this.gauges.clear();
			if (!(error instanceof RedisUnavailableError)) this.events.emit("loop.failed", {
				loop: "queue-sampler",
				error
			});
		} finally {
			clearTimeout(late);
		}
		if (!this.isStopped) this.timer = setTimeout(() => void this.sample(), this.options.queueSampleIntervalMs).unref();
	}
};
QueueSampler = __decorate([
	Injectable(),
	__decorateParam(0, Inject(OBSERVABILITY_OPTIONS)),
	__decorateMetadata("design:paramtypes", [
		Object,
		typeof InspectService === "undefined" ? Object : InspectService,
		typeof QueueEvents === "undefined" ? Object : QueueEvents,
		typeof RedisGauges === "undefined" ? Object : RedisGauges
	])
], QueueSampler);
// libs/observability/src/observability.module.ts
var _ObservabilityModule;
/** Of prom-client's own metrics: gauges that are named like counters, which `promtool check metrics` refuses. */
const MISNAMED = [
	"nodejs_active_resources_total",
	"nodejs_active_handles_total",
	"nodejs_active_requests_total"
];
let ObservabilityModule = _ObservabilityModule = class ObservabilityModule {
	/** @throws {StartError} `bearerTokenFile` cannot be read. */
	static forRoot(options) {
		const registry = new Registry();
		return {
			module: _ObservabilityModule,
			global: true,
			imports: [TerminusModule.forRoot({ logger: false }), prometheus(registry)],
			controllers: [HealthController],
			providers: [
				{
					provide: OBSERVABILITY_OPTIONS,
					useValue: options
				},
				{
					provide: Registry,
					useValue: registry
				},
				{
					provide: AppLogger,
					useFactory: () => new AppLogger(options)
				},
				{
					provide: MetricsToken,
					useValue: MetricsToken.read(options.bearerTokenFile)
				},
				{
					provide: JobMetrics,
					useFactory: () => new JobMetrics(registry, options.queues)
				},
				{
					provide: RedisGauges,
					useFactory: () => new RedisGauges(registry, options.queues)
				},
				EventLog,
				EventMetrics,
				QueueSampler,
				ProcessGauges,
				MetricsTokenGuard,
				WorkerProbe,
				RedisIndicator,
				ClaimLoopIndicator,
				ReadinessService
			],
			exports: [
				AppLogger,
				Registry,
				MetricsToken
			]
		};
	}
};
ObservabilityModule = _ObservabilityModule = __decorate([Module({})], ObservabilityModule);
function prometheus(registry) {
	const defaultMetrics = {
		enabled: true,
		config: { register: registry }
	};
	const module = PrometheusModule.register({
		controller: MetricsController,
		defaultMetrics
	});
	for (const name of MISNAMED) registry.removeSingleMetric(name);
	return module;
}
// apps/admin/src/serve.module.ts
var _ServeModule;
let ServeModule = _ServeModule = class ServeModule {
	static forRoot(loaded, observability) {
		return {
			module: _ServeModule,
			imports: [
				AppConfigModule.forRoot(loaded),
				QueueModule.forRoot(toQueueOptions(loaded.config)),
				ObservabilityModule.forRoot(observability)
			]
		};
	}
};
ServeModule = _ServeModule = __decorate([Module({})], ServeModule);
// apps/admin/src/serve.ts
/** Put in by the build (rolldown.config.mjs). */
const version = "0.1.0";
const revision = "unknown";
/**
* The admin Deployment: health, readiness, and the gauges of Redis, which are there also when no worker runs. Returns
* when it is up; SIGTERM and SIGINT end it. What keeps it from starting ends the process with a message.
*/
function serve(file) {
	return runMain("admin", () => start(file));
}
async function start(file) {
	const loaded = loadConfig({
		file,
		env: process.env
	});
	const { queue, observability } = loaded.config;
	const options = {
		app: "admin",
		version,
		revision,
		queues: queue.names,
		...observability
	};
	const logger = (await bootApp(ServeModule.forRoot(loaded, options), options)).get(AppLogger);
	for (const note of loaded.notes) logger.write("info", note);
	for (const warning of loaded.warnings) logger.write("warn", warning);
}
export { serve };

//# sourceMappingURL=serve.js.map