/**
 * Image transforms with the arithmetic of Pillow and torchvision: antialiased resizing, crops, flip
 * and colour jitter on 8-bit RGB, every random draw from an explicit key. Imports {@code data}'s
 * image record and exception only.
 */
package io.robusttrain.data.transform;
