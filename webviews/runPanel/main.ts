import './main.css';
import './runPage';
import { run } from './runModel';

void run.start();
