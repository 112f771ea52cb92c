import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import { payloadCheck } from './payload-check.js';

class Line {
  @IsInt()
  count!: number;
}

class Order {
  @IsString()
  name!: string;

  @IsOptional()
  @IsNumber()
  price?: number;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Line)
  lines?: Line[];
}

class Ruleless {}

const check = payloadCheck(Order);

describe('payloadCheck', () => {
  it('gives an instance of the class, also inside', () => {
    const order = check({ name: 'a', lines: [{ count: 1 }] }) as Order;

    expect(order).toBeInstanceOf(Order);
    expect(order.lines?.[0]).toBeInstanceOf(Line);
  });

  it.each([
    ['a wrong type', { name: 7 }, 'name must be a string'],
    ['every fault at once', { price: 'x' }, 'name must be a string; price must be a number'],
    ['a field nobody knows', { name: 'a', color: 'red' }, 'color is no known field'],
    ['a field inside', { name: 'a', lines: [{ count: 1 }, { count: 'x' }] }, 'lines.1.count must be an integer number'],
    ['an unknown field inside', { name: 'a', lines: [{ count: 1, x: 1 }] }, 'lines.0.x is no known field'],
    ['null', null, 'found null, expected an object'],
    ['a list', [{ name: 'a' }], 'found a list, expected an object'],
    ['a text', 'name', 'found a string, expected an object'],
    ['a number beyond all numbers', JSON.parse('{"name":"a","price":1e400}'), 'price must be a number'],
    ['the prototype', JSON.parse('{"name":"a","__proto__":{"x":1}}'), '__proto__ is no known field'],
    ['the constructor', { name: 'a', constructor: 1 }, 'constructor is no known field'],
    ['a method of every object', { name: 'a', hasOwnProperty: 1 }, 'hasOwnProperty is no known field'],
  ])('refuses %s, in words', (_what, payload, message) => {
    expect(() => check(payload)).toThrow(InvalidPayloadError);
    expect(() => check(payload)).toThrow(message);
  });

  it('refuses what is nested 100,000 deep instead of running out of stack', () => {
    const deep = JSON.parse(`{"name":"a","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as unknown;

    expect(() => check(deep)).toThrow(InvalidPayloadError);
  });

  it('names at most twenty faults', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x${n}`, n]));

    expect(() => check({ name: 'a', ...many })).toThrow(/x19 is no known field; and 30 more$/);
  });

  it('does not take a class without rules: it would refuse everything', () => {
    expect(() => payloadCheck(Ruleless)).toThrow('payload class Ruleless has no rules of class-validator');
  });
});
