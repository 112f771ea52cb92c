import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';

@Injectable()
class Engine {
  readonly name = 'engine';
}

@Injectable()
class Car {
  constructor(readonly engine: Engine) {}
}

describe('the compiler that vitest uses', () => {
  it('keeps the constructor types that Nest injects by', async () => {
    const moduleRef = await Test.createTestingModule({ providers: [Car, Engine] }).compile();

    const car = moduleRef.get(Car);

    expect(car.engine).toBe(moduleRef.get(Engine));
  });
});
