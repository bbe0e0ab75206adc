/* Only browsers that know no modules run this: they are shown the way on instead of an empty page. */
document.getElementById("too-old").hidden = false;
