import './runPage';
import { run } from './runModel';

void run.start();
