/**
 * Model families on libtorch, built over one flat parameter vector, and the registry by timm name.
 * Names and shapes are timm's. May import {@code tensor}.
 */
package io.robusttrain.model;
