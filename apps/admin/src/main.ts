import 'reflect-metadata';
import { survivePipes } from './output/pipes.js';
import { runCli } from './run-cli.js';

survivePipes();
void runCli();
