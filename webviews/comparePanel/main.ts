import './main.css';
import './comparePage';
import { compare } from './compareModel';

void compare.start();
